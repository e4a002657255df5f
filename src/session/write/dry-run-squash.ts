import type { Image } from '../../image/load.ts'
import { rebuildImage } from '../../rebuild/rebuild-image.ts'
import type { Asking } from '../asking.ts'
import type { Session } from '../session.ts'
import { createWorkshop } from '../workshop.ts'
import { rebuildOptions } from './rebuild-run.ts'

export type SquashSaving = { readonly tarSaved: number; readonly compressedSaved: number }

/** The savings of a squash of all layers, found by doing it without keeping the result: uncompressed and compressed bytes. */
export async function dryRunSquash(asking: Asking, session: Session, image: Image): Promise<SquashSaving> {
  await using workshop = createWorkshop(session.pool, { countOnly: true })
  const rebuilt = await rebuildImage(image, { edits: [{ type: 'squash' }] }, session.source, workshop, rebuildOptions(asking))
  await rebuilt[Symbol.asyncDispose]()
  return { tarSaved: rebuilt.saved.tar, compressedSaved: rebuilt.saved.compressed }
}
