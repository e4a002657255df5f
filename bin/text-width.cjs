// Stands for `string-width` in the bundles. Making its expressions and its segmenter takes longer than a frame, and Ink measures
// every text with it: texts of characters that are one cell each (as in src/line/text.ts) are, beside colours, as wide as they are long.
const SINGLE = /^[ -~À-ÿ…›←↑→↓⏎─-▟▸▾·]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins what sets a colour
const COLOUR = /\u001b\[[\d;]*m/g

let known
module.exports = (text, options) => {
  const plain = options === undefined ? text.replace(COLOUR, '') : text
  if (SINGLE.test(plain)) return plain.length
  known ??= require('./string-width.cjs').default
  return known(text, options)
}
