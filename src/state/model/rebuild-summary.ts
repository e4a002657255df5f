import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { shortDigest } from '../../blob/digest.ts'
import type { Diagnostic } from '../../error.ts'
import { formatPlatform } from '../../image/platform.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { positionsOf, type RebuiltImage, type RebuiltLayer, type RemovedPart, sizeBefore } from '../../rebuild/rebuilt-image.ts'

/** The result of layers of the image: of one, or of a run of them that is one layer now. Sizes are compressed bytes. */
export type SummaryLayer = {
  readonly positions: readonly number[]
  /** `rebase`: layers of the old base, whose place the new base's take. */
  readonly action: RebuiltLayer['planned']['type'] | 'rebase'
  readonly before: number
  readonly after: number
}

/** Another image of the same index that the plan changed as well. */
export type OtherImage = { readonly platform: string; readonly before: number; readonly after: number }

/** The figures of a rebuild, done or planned. */
export type RebuildSummary = {
  readonly layers: readonly SummaryLayer[]
  readonly others: readonly OtherImage[]
  /** Of all images that were changed. */
  readonly before: number
  readonly after: number
  /** Bytes the layers have fewer when unpacked. */
  readonly tarSaved: number
  readonly removed: readonly RemovedPart[]
  readonly lostSharing: number
  readonly changed: boolean
  /** Escaped when shown. */
  readonly warnings: readonly string[]
  /** Of another base: a line for each conflict with it, and the paths, as they are typed, that are refused until they are accepted. */
  readonly rebase?: { readonly conflicts: readonly string[]; readonly refused: readonly string[] }
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

/** Figures of `own` layer by layer, sums over it and the other images of its index. */
export function summaryOf(
  own: RebuiltImage,
  others: readonly RebuiltImage[],
  diagnostics: readonly Diagnostic[],
  result: RebuildSummary['result'],
): RebuildSummary {
  const all = [own, ...others]
  const sum = (read: (image: RebuiltImage) => number) => all.reduce((total, each) => total + read(each), 0)
  const before = sum(sizeOf)
  return {
    layers: own.layers.map(({ planned, made }) => {
      const size = sizeBefore(planned, own.image)
      const after = planned.type === 'drop' ? 0 : (made?.size ?? size)
      return { positions: positionsOf(planned), action: planned.type, before: size, after }
    }),
    others: others.map(each => ({
      platform:
        each.image.platform === undefined ? shortDigest(each.image.descriptor.digest) : formatPlatform(each.image.platform),
      before: sizeOf(each),
      after: sizeOf(each) - each.saved.compressed,
    })),
    before,
    after: before - sum(({ saved }) => saved.compressed),
    tarSaved: sum(({ saved }) => saved.tar),
    removed: removedFrom(all),
    lostSharing: sum(({ lostSharing }) => lostSharing),
    changed: all.some(({ changed }) => changed),
    warnings: [...new Set(diagnostics.filter(({ severity }) => severity !== 'info').map(({ message }) => message))],
    result,
  }
}

function sizeOf({ image }: RebuiltImage): number {
  return sizeOfBlobs(image.layers)
}

/** The yield of each removal in all images together. */
function removedFrom(images: readonly RebuiltImage[]): readonly RemovedPart[] {
  const parts = new Map<string, RemovedPart>()
  for (const { what, paths, bytes } of images.flatMap(({ removed }) => removed)) {
    const known = parts.get(what)
    parts.set(what, { what, paths: paths + (known?.paths ?? 0), bytes: bytes + (known?.bytes ?? 0) })
  }
  return [...parts.values()]
}

export type RebuildRequest = {
  readonly plan: Plan
  /** DEST as typed; undefined measures only. */
  readonly destination: string | undefined
  /** Replace an image that has the destination's name. */
  readonly force: boolean
}
