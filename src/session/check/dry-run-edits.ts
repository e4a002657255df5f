import type { Measure } from '../../check/advice.ts'
import { rebuildImage } from '../../rebuild/rebuild-image.ts'
import type { Asking } from '../asking.ts'
import type { ChosenImage } from '../opened-image.ts'
import { createWorkshop } from '../workshop.ts'
import { rebuildOptions } from '../write/rebuild-run.ts'

/** Measures edits of an image by carrying them out without keeping the result: compressed bytes less than before. @throws ImageError as `rebuildImage` */
export function dryRunEdits(asking: Asking, { session, image }: Pick<ChosenImage, 'session' | 'image'>): Measure {
  return async edits => {
    await using workshop = createWorkshop(session.pool, { countOnly: true })
    const rebuilt = await rebuildImage(image, { edits }, session.source, workshop, rebuildOptions(asking))
    await rebuilt[Symbol.asyncDispose]()
    return { compressed: rebuilt.saved.compressed }
  }
}
