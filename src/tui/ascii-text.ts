import { widthOf } from '../line/text.ts'

/** Signs of ours by what stands for them; each is as wide as what it replaces. */
const SIGNS: Readonly<Record<string, string>> = {
  '…': '~',
  '·': '.',
  '›': '>',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '×': 'x',
  '–': '-',
  '—': '-',
  '−': '-',
  Δ: 'd',
  '─': '-',
  '│': '|',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
}

/** `text` for a terminal that shows ASCII alone, in as many cells: a letter with an accent loses it, what has no sign of its own is a question mark. */
export function asciiText(text: string): string {
  if (ASCII.test(text)) return text
  return [...text].map(character => (ASCII.test(character) ? character : (SIGNS[character] ?? plainLetter(character)))).join('')
}

/** The same for signs of ours alone: names stay as they are, for they are copied from what is printed. */
export function asciiSigns(text: string): string {
  return text.replace(OUR_SIGNS, sign => SIGNS[sign] ?? sign)
}

const OUR_SIGNS = new RegExp(`[${Object.keys(SIGNS).join('')}]`, 'g')

/** The letter below accents: `ü` is `u` and one more character, which is not shown. */
function plainLetter(character: string): string {
  const letter = character.normalize('NFD').charAt(0)
  return ASCII.test(letter) && letter !== '' ? letter.padEnd(widthOf(character)) : '?'.repeat(widthOf(character))
}

const ASCII = /^[ -~]*$/
