import type { Diagnostic } from '../../error.ts'
import { positionsOf, type RebuiltImage, type RebuiltLayer, type RemovedPart, sizeBefore } from '../../rebuild/rebuilt-image.ts'

/** What became of layers of the image: of one, or of a run of them that is one layer now. Sizes are compressed bytes. */
export type SummaryLayer = {
  readonly positions: readonly number[]
  readonly action: RebuiltLayer['planned']['type']
  readonly before: number
  readonly after: number
}

/** What a plan made of an image, or would make: figures only. */
export type RebuildSummary = {
  readonly layers: readonly SummaryLayer[]
  readonly before: number
  readonly after: number
  /** Bytes the layers have fewer when unpacked. */
  readonly tarSaved: number
  readonly removed: readonly RemovedPart[]
  readonly lostSharing: number
  readonly changed: boolean
  /** Escaped when shown. */
  readonly warnings: readonly string[]
  /** Where the result can be opened; undefined for a dry run. */
  readonly result: { readonly reference: string; readonly digest?: string } | undefined
}

/** How far a rebuild is, and the time it will still take where that can be told. */
export type RebuildStep = {
  readonly phase: 'reading' | 'writing' | 'copying'
  readonly done: number
  readonly total: number
  readonly secondsLeft: number | undefined
}

export function summaryOf(
  { image, layers, saved, removed, lostSharing, changed }: RebuiltImage,
  diagnostics: readonly Diagnostic[],
  result: RebuildSummary['result'],
): RebuildSummary {
  const before = image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  return {
    layers: layers.map(({ planned, made }) => {
      const own = sizeBefore(planned, image)
      const after = planned.type === 'drop' ? 0 : (made?.size ?? own)
      return { positions: positionsOf(planned), action: planned.type, before: own, after }
    }),
    before,
    after: before - saved.compressed,
    tarSaved: saved.tar,
    removed,
    lostSharing,
    changed,
    warnings: diagnostics.filter(({ severity }) => severity !== 'info').map(({ message }) => message),
    result,
  }
}
