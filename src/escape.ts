/**
 * The one function between image text and the terminal. Names, labels, history,
 * environment and contents are written by strangers: control characters could drive
 * the terminal, bidirectional and zero-width ones could lie about what is shown.
 */

/**
 * Characters that must not reach a terminal as it is: control, format (bidi, zero-width, tags), private, unassigned and unpaired characters, line
 * and paragraph separators, fillers that show nothing, variation selectors and the combining joiner, whose width
 * terminals disagree about (terminal.md 3.4), and the object replacement block.
 */
const HOSTILE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u180b|\u180c|\u180d|\u180f|\u202f|\u2800|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|\u{1d159}|[\ufff0-\uffff]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

/** `text` with every control, bidirectional, zero-width or unpaired character as a visible escape. */
export function escapeText(text: string): string {
  return text.replace(HOSTILE, escapeCharacter)
}

/** JSON text with the same characters as `\uXXXX`: it means what it meant. Those below the space are escaped in JSON anyway, or are its layout. */
export function escapeJson(json: string): string {
  if (!NOT_ASCII.test(json)) return json
  return json.replace(HOSTILE, character => (character < ' ' ? character : character.split('').map(escapeUnit).join('')))
}

const NOT_ASCII = /[\u007f-\uffff]/

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function escapeCharacter(character: string): string {
  const short = SHORT[character]
  if (short !== undefined) return short
  const code = Number(character.codePointAt(0))
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
