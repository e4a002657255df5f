import { formatSize } from '../../format/size.ts'
import { NO_PACE, paceWords, withMoment } from '../../format/transfer-rate.ts'
import type { Progress } from '../../session/asking.ts'
import type { CommonOptions } from './options.ts'
import type { Output } from './output.ts'

/** Time between two redraws, so that a slow link is not flooded and an eye can follow. */
const REDRAW_MILLISECONDS = 100
/** Work that is over sooner needs no line. */
const PATIENCE_MILLISECONDS = 250

type Surroundings = { readonly error: Output; readonly common: () => CommonOptions }

/** A line on standard error that shows how far a long run is; drawn on a terminal only, and gone when it ends. */
export function createProgress(context: Surroundings, activity: string): Progress {
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
      put(`\r\u001b[2K${activity}  ${[...(detail === undefined ? [] : [detail]), ...words].join(' · ')}`)
    },
    end: () => {
      if (drawn) put('\r\u001b[2K')
    },
  }
}
