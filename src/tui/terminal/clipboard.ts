/** Longest text a terminal's clipboard is sure to take: 100 kB of sequence, base64 (xterm, tmux). */
const LONGEST_BYTES = 74_994

/** The variables around the program, for the form of the sequence. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The sequence that puts `text` on the terminal's clipboard (OSC 52); undefined when it is too long. tmux takes the
 * plain form when `set-clipboard` is on and passes a wrapped one on when `allow-passthrough` is; GNU screen needs DCS
 * pieces. Terminals do not answer, so delivery is unknown.
 */
export function clipboardSequence(text: string, env: Environment): string | undefined {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.byteLength > LONGEST_BYTES) return undefined
  const sequence = `\u001b]52;c;${bytes.toString('base64')}\u0007`
  // tmux wins over screen: its TERM is often screen-256color.
  if (env['TMUX'] !== undefined) return `${sequence}\u001bPtmux;\u001b${sequence}\u001b\\`
  if (env['STY'] !== undefined || env['TERM']?.startsWith('screen') === true) return inPieces(sequence)
  return sequence
}

/** GNU screen drops a DCS longer than 768 bytes. */
const PIECE = 700

function inPieces(sequence: string): string {
  const pieces: string[] = []
  for (let at = 0; at < sequence.length; at += PIECE) pieces.push(`\u001bP${sequence.slice(at, at + PIECE)}\u001b\\`)
  return pieces.join('')
}
