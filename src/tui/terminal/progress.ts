/** At most two a second: terminals animate it themselves. */
const INTERVAL_MILLISECONDS = 500

/**
 * Shows progress on the terminal's tab or task bar (OSC 9;4; Windows Terminal, Ghostty, WezTerm, iTerm2, Konsole). Multiplexers
 * swallow it and consoles may print it: there nothing is sent. The screen's undo string takes it away at the end.
 */
export function createTerminalProgress(
  send: (sequence: string) => void,
  env: Readonly<Record<string, string | undefined>>,
  now: () => number = () => performance.now(),
): (percent: number | undefined) => void {
  const able = env['TMUX'] === undefined && env['STY'] === undefined && !/^(?:linux|vt|dumb|screen|tmux)/.test(env['TERM'] ?? '')
  let shown: number | undefined
  let sentAt = Number.NEGATIVE_INFINITY
  return percent => {
    if (!able || percent === shown) return
    if (percent !== undefined && now() - sentAt < INTERVAL_MILLISECONDS) return
    shown = percent
    sentAt = now()
    send(percent === undefined ? '\u001b]9;4;0\u0007' : `\u001b]9;4;1;${percent}\u0007`)
  }
}
