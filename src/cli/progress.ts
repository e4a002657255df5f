import { formatSize } from '../state/line/size.ts'
import type { Context } from './context.ts'

/** A line on standard error that says how far a long run is; drawn on a terminal only, and gone when it ends. */
export type Progress = {
  readonly update: (done: number, total: number) => void
  readonly end: () => void
}

/** Time between two redraws, so that a slow link is not flooded and an eye can follow. */
const REDRAW_MILLISECONDS = 100
/** What is over sooner needs no line. */
const PATIENCE_MILLISECONDS = 250

export function createProgress(context: Context, what: string): Progress {
  if (!context.error.terminal || context.common().quiet) return { update: () => undefined, end: () => undefined }
  const started = performance.now()
  let drawnAt = started + PATIENCE_MILLISECONDS - REDRAW_MILLISECONDS
  let drawn = false
  const put = (text: string) => void context.error.write(text).catch(() => undefined)
  return {
    update(done, total) {
      const now = performance.now()
      if (now - drawnAt < REDRAW_MILLISECONDS) return
      drawnAt = now
      drawn = true
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
      const rate = done / Math.max(0.001, (now - started) / 1000)
      const left = rate > 0 && total > done ? ` · ${Math.ceil((total - done) / rate)} s left` : ''
      put(`\r\u001b[2K${what}  ${formatSize(done)} of ${formatSize(total)} · ${percent} %${left}`)
    },
    end: () => {
      if (drawn) put('\r\u001b[2K')
    },
  }
}
