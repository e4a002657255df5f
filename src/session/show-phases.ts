import type { RebuildProgress } from '../rebuild/workshop.ts'
import type { Asking, Progress } from './asking.ts'

type ShownPhases = { readonly update: (progress: RebuildProgress) => void; readonly end: () => void }

/** Shows how far a rebuild is, a line of progress for each phase. */
export function showPhases(asking: Asking): ShownPhases {
  let phase: RebuildProgress['phase'] | undefined
  let line: Progress | undefined
  return {
    update(progress) {
      if (progress.phase !== phase) {
        line?.end()
        line = asking.progress(progress.phase)
        phase = progress.phase
      }
      const { done, total, blobs } = progress
      line?.update(done, total, blobs && `${blobs.arrived} of ${blobs.of} blobs`)
    },
    end: () => {
      line?.end()
      line = undefined
      phase = undefined
    },
  }
}
