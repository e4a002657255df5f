/**
 * Names of keys from the bytes terminals send for them: `j`, `G`, `up`, `ctrl-d`, `shift-tab`, `f1`. Undefined for a
 * sequence that is no key we know.
 */
export function keyName(sequence: string): string | undefined {
  const known = NAMES[sequence]
  if (known !== undefined) return known
  const code = sequence.codePointAt(0) ?? 0
  if (sequence.length === 1 && code < 0x20) return `ctrl-${String.fromCharCode(code + 0x60)}`
  if (!sequence.startsWith('\u001b')) return sequence
  return csiName(sequence)
}

const NAMES: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'escape',
  '\u001b[Z': 'shift-tab',
  '\u0000': 'ctrl-space',
}

/** Final letters of CSI and SS3 sequences. */
const LETTERS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  M: 'enter',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
}

/** First parameters of `CSI n ~`. */
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}

/** `ESC [ 1 ; 5 A` (xterm's modifiers: 2 shift, 3 alt, 5 ctrl), `ESC O A`, `ESC [ 5 ~`. */
function csiName(sequence: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with ESC
  const match = /^\u001b(?:\[|O)(\d*)(?:;(\d+))?([A-Z~])$/.exec(sequence)
  if (match === null) return undefined
  const [, number = '', modifier, final = ''] = match
  const name = final === '~' ? NUMBERS[number] : LETTERS[final]
  if (name === undefined || modifier === undefined) return name
  const bits = Number(modifier) - 1
  const [shift, alt, ctrl] = [(bits & 1) !== 0, (bits & 2) !== 0, (bits & 4) !== 0]
  return `${ctrl ? 'ctrl-' : ''}${alt ? 'alt-' : ''}${shift ? 'shift-' : ''}${name}`
}
