import { NO_PACE, paceWords, withMoment } from '../../format/pace.ts'
import { formatSize } from '../../format/size.ts'
import type { Context } from './context.ts'

/** A line on standard error that says how far a long run is; drawn on a terminal only, and gone when it ends. */
export type Progress = {
  /** Bytes; `detail` stands before them, such as how many of the blobs are there. */
  readonly update: (done: number, total: number, detail?: string) => void
  readonly end: () => void
}

/** Time between two redraws, so that a slow link is not flooded and an eye can follow. */
const REDRAW_MILLISECONDS = 100
/** What is over sooner needs no line. */
const PATIENCE_MILLISECONDS = 250

export function createProgress(context: Context, what: string): Progress {
  if (!context.error.terminal || context.common().quiet) return { update: () => undefined, end: () => undefined }
  let drawnAt = performance.now() + PATIENCE_MILLISECONDS - REDRAW_MILLISECONDS
  let pace = NO_PACE
  let drawn = false
  const put = (text: string) => void context.error.write(text).catch(() => undefined)
  return {
    update(done, total, detail) {
      const now = performance.now()
      if (pace.length > 0 && now - drawnAt < REDRAW_MILLISECONDS) return
      pace = withMoment(pace, now, done)
      if (now - drawnAt < REDRAW_MILLISECONDS) return
      drawnAt = now
      drawn = true
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
      const words = [`${formatSize(done)} of ${formatSize(total)}`, `${percent} %`, ...paceWords(pace, total - done)]
      put(`\r\u001b[2K${what}  ${[...(detail === undefined ? [] : [detail]), ...words].join(' · ')}`)
    },
    end: () => {
      if (drawn) put('\r\u001b[2K')
    },
  }
}
