import type { Descriptor } from '../blob/descriptor.ts'
import { layerType } from '../blob/media-type.ts'
import type { Diagnostic } from '../error.ts'
import type { Image } from '../image/load.ts'
import type { Stack } from '../overlay/tree.ts'
import type { PlanChoices } from './plan.ts'
import { mustBeWritten } from './removal.ts'
import type { TargetEdits } from './target-tree.ts'

/** The layers of the result, base first; positions are those the image has. */
export type PlannedLayer =
  | { readonly type: 'keep'; readonly position: number }
  /** The same tar under another compression. */
  | { readonly type: 'recompress'; readonly position: number }
  /** One layer in place of these; a single position is a layer that loses something. */
  | { readonly type: 'write'; readonly positions: readonly number[] }
  | { readonly type: 'drop'; readonly position: number }

/** Whether layers must be read to carry the plan out. */
export function readsLayers({ ranges, removals, clampTo }: PlanChoices): boolean {
  return ranges.length > 0 || removals.length > 0 || clampTo !== undefined
}

/**
 * The layers as the plan wants them. `stack` holds the layers that are not dropped; undefined when no edit looks at files.
 */
export function planLayers(
  image: Image,
  choices: PlanChoices,
  stack: Stack | undefined,
  edits: TargetEdits,
): readonly PlannedLayer[] {
  const range = new Map<number, readonly number[]>()
  for (const positions of choices.ranges) for (const position of positions) range.set(position, positions)
  const planned: PlannedLayer[] = []
  let place = 0
  for (const { position, blob } of image.layers) {
    if (choices.dropped.has(position)) {
      planned.push({ type: 'drop', position })
      continue
    }
    const positions = range.get(position)
    const at = place++
    if (positions !== undefined) {
      if (positions.at(-1) === position) planned.push({ type: 'write', positions })
    } else if (stack !== undefined && mustBeWritten(stack, at, edits)) planned.push({ type: 'write', positions: [position] })
    else planned.push({ type: isRecompressed(blob, choices) ? 'recompress' : 'keep', position })
  }
  return planned
}

/**
 * A layer that already has the compression stays, unless a level is asked for: a blob does not tell its level. A foreign layer stays: it is
 * fetched from where its descriptor says, by its digest.
 */
function isRecompressed(blob: Descriptor, choices: PlanChoices): boolean {
  return layerType(blob.mediaType)?.foreign !== true && needsCompressing(blob, choices)
}

function needsCompressing({ mediaType }: Descriptor, { compressEvery, compressPlain, compress }: PlanChoices): boolean {
  const type = layerType(mediaType)
  if (compressPlain) return type?.compression === 'none' && compress.compression !== 'none'
  return compressEvery && type !== undefined && (type.compression !== compress.compression || compress.level !== undefined)
}

/** Tells of foreign layers that would have been compressed anew. */
export function keptForeign(image: Image, planned: readonly PlannedLayer[], choices: PlanChoices): readonly Diagnostic[] {
  return planned.flatMap((layer): readonly Diagnostic[] => {
    const blob = layer.type === 'keep' ? image.layers[layer.position]?.blob : undefined
    if (layer.type !== 'keep' || blob === undefined || !needsCompressing(blob, choices)) return []
    const message = 'The layer is foreign, fetched from elsewhere by its digest: it keeps its compression'
    return [{ code: 'FOREIGN_LAYER_LEFT', severity: 'warning', layer: layer.position, message }]
  })
}
