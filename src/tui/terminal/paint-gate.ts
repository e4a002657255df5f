/**
 * Keeps a slow line from filling up with frames. After each frame the terminal is asked `CSI 5 n`; its answer says that
 * everything before has been drawn. While more than 6 kB are unanswered the interface is not told of changes: keys still
 * change the state at once, and the next frame shows the newest. A terminal that never answers gets no gate.
 */
export type PaintGate = {
  /** Runs `notify` soon, or when the line is free again; only the last one waits. */
  schedule(notify: () => void): void
  /** A frame was handed to Ink's output. */
  painted(): void
  /** The terminal answered. */
  acknowledged(): void
  close(): void
}

const MOST_UNANSWERED_BYTES = 6000
/** Without an answer for this long, the terminal does not answer at all. */
const GIVE_UP_MILLISECONDS = 3000
const QUESTION = '\u001b[5n'

type Out = { write(text: string): unknown; bytesWritten(): number }

export function createPaintGate(out: Out): PaintGate {
  let waiting: (() => void) | undefined
  /** Bytes written up to each question that has not been answered. */
  const asked: number[] = []
  let answered = out.bytesWritten()
  let off = false
  let timer: NodeJS.Timeout | undefined

  const isOpen = () => off || out.bytesWritten() - answered < MOST_UNANSWERED_BYTES || asked.length === 0
  const release = () => {
    const notify = waiting
    if (notify === undefined || !isOpen()) return
    waiting = undefined
    setImmediate(notify)
  }
  const giveUp = () => {
    off = true
    release()
  }
  const ask = () => {
    const written = out.bytesWritten()
    if (off || written <= (asked.at(-1) ?? answered)) return
    asked.push(written + QUESTION.length)
    out.write(QUESTION)
    timer ??= setTimeout(giveUp, GIVE_UP_MILLISECONDS).unref()
  }
  return {
    schedule: notify => {
      if (isOpen()) setImmediate(notify)
      else waiting = notify
    },
    painted: () => {
      if (!off) setImmediate(ask)
    },
    acknowledged: () => {
      answered = asked.shift() ?? answered
      clearTimeout(timer)
      timer = asked.length === 0 ? undefined : setTimeout(giveUp, GIVE_UP_MILLISECONDS).unref()
      release()
    },
    close: () => {
      off = true
      clearTimeout(timer)
    },
  }
}
