import { keyName } from './key-name.ts'

/** One thing the terminal said: a key, a mouse report, pasted text, or an answer to `CSI 5 n` or `OSC 11 ; ?`. */
export type InputToken =
  /** `bytes` are what the terminal sent for it. */
  | { readonly type: 'key'; readonly key: string; readonly bytes: string }
  | { readonly type: 'paste'; readonly text: string }
  /** SGR mouse report; cells from 0. `button` holds xterm's bits: 64 and 65 are the wheel. */
  | {
      readonly type: 'mouse'
      readonly button: number
      readonly column: number
      readonly row: number
      readonly pressed: boolean
    }
  /** `CSI 0 n`: the terminal has drawn everything up to the question. */
  | { readonly type: 'ack' }
  /** The colour behind the text. */
  | { readonly type: 'ground'; readonly light: boolean }

export type Tokens = { readonly tokens: readonly InputToken[]; readonly rest: string }

const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'
/** A paste longer than this is cut: no field takes more. */
const LONGEST_PASTE = 1 << 20

/**
 * Cuts what came from the terminal into single tokens (terminals and SSH join what was typed quickly into one piece).
 * `rest` is the start of a sequence that has not arrived whole. Answers we did not ask for are left out. ESC before a
 * printable character is the Escape key and that character: nothing hangs on Alt.
 */
export function cutTokens(text: string): Tokens {
  const tokens: InputToken[] = []
  let at = 0
  while (at < text.length) {
    const found = tokenAt(text, at)
    if (found === undefined) return { tokens, rest: text.slice(at) }
    if (found.token !== undefined) tokens.push(found.token)
    at = found.end
  }
  return { tokens, rest: '' }
}

/** The token of an unfinished rest when nothing follows it: the Escape key, and `[` or `O` typed right after it; else noise. */
export function flushRest(rest: string): readonly InputToken[] {
  if (!rest.startsWith('\u001b') || rest.length > 2) return []
  const after = rest.length === 2 ? keyToken(rest.slice(1)) : undefined
  return after === undefined ? [ESCAPE] : [ESCAPE, after]
}

const ESCAPE: InputToken = { type: 'key', key: 'escape', bytes: '\u001b' }

type Found = { readonly token: InputToken | undefined; readonly end: number }

function tokenAt(text: string, at: number): Found | undefined {
  if (text[at] !== '\u001b') {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    return { token: keyToken(character), end: at + character.length }
  }
  const next = text[at + 1]
  if (next === undefined) return undefined
  if (text.startsWith(PASTE_START, at)) return pasteAt(text, at)
  if (next === '[') return csiAt(text, at)
  if (next === 'O') return ss3At(text, at)
  // OSC, DCS, APC, PM, SOS: answers, up to ST or BEL.
  if (']P_^X'.includes(next)) return stringAt(text, at)
  return { token: ESCAPE, end: at + 1 }
}

function keyToken(sequence: string): InputToken | undefined {
  const key = keyName(sequence)
  return key === undefined ? undefined : { type: 'key', key, bytes: sequence }
}

/** Escape and a typed `O` when what follows cannot end such a sequence: an answer may come right after them. */
function ss3At(text: string, at: number): Found | undefined {
  const final = text[at + 2]
  if (final === undefined) return undefined
  if (!/[A-Za-z]/.test(final)) return { token: ESCAPE, end: at + 1 }
  return { token: keyToken(text.slice(at, at + 3)), end: at + 3 }
}

function pasteAt(text: string, at: number): Found | undefined {
  const start = at + PASTE_START.length
  const end = text.indexOf(PASTE_END, start)
  if (end === -1 && text.length - start < LONGEST_PASTE) return undefined
  const stop = end === -1 ? text.length : end
  return { token: { type: 'paste', text: text.slice(start, stop) }, end: end === -1 ? stop : end + PASTE_END.length }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with ESC
const CSI = /\u001b\[[0-?]*[ -/]*[@-~]/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: the end of a sequence that is not one
const CSI_START = /\u001b\[[0-?]*[ -/]*$/

function csiAt(text: string, at: number): Found | undefined {
  CSI.lastIndex = at
  const [sequence] = CSI.exec(text) ?? []
  if (sequence === undefined) {
    const rest = text.slice(at)
    return CSI_START.test(rest) && rest.length < 64 ? undefined : { token: ESCAPE, end: at + 1 }
  }
  const end = at + sequence.length
  if (sequence === '\u001b[0n') return { token: { type: 'ack' }, end }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with ESC
  const mouse = /^\u001b\[<(\d+);(\d+);(\d+)([Mm])$/.exec(sequence)
  if (mouse !== null) {
    const [, button, column, row, final] = mouse
    const token: InputToken = {
      type: 'mouse',
      button: Number(button),
      column: Number(column) - 1,
      row: Number(row) - 1,
      pressed: final === 'M',
    }
    return { token, end }
  }
  return { token: keyToken(sequence), end }
}

function stringAt(text: string, at: number): Found | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: BEL or ST ends such a string
  const match = /\u0007|\u001b\\/.exec(text.slice(at + 2))
  if (match === null) return text.length - at < 4096 ? undefined : { token: undefined, end: text.length }
  const end = at + 2 + match.index + match[0].length
  return { token: groundToken(text.slice(at + 1, at + 2 + match.index)), end }
}

/** `]11;rgb:ffff/ffff/ffff`, with one to four hexadecimal digits a colour. */
function groundToken(answer: string): InputToken | undefined {
  const [, ...levels] = /^\]11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(answer) ?? []
  if (levels.length === 0) return undefined
  const [red = 0, green = 0, blue = 0] = levels.map(level => Number.parseInt(level, 16) / (16 ** level.length - 1))
  // How bright people see it (ITU-R BT.601).
  return { type: 'ground', light: 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 }
}
