import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import type { ListedImage } from '../image/choose.ts'
import { loadImage } from '../image/load.ts'
import type { Plan } from './plan.ts'
import { rebuildImage } from './rebuild-image.ts'
import type { RebuiltImage, ResultBlob } from './rebuilt-image.ts'
import type { RebuildOptions, Workshop } from './workshop.ts'

/** The result of a plan, for an image, or of an index and the chosen images in it. */
export type Rebuilt = {
  readonly source: Descriptor
  readonly root: Descriptor
  readonly changed: boolean
  readonly images: readonly RebuiltImage[]
  /** Images of an index that are in the result as they were. */
  readonly kept: readonly KeptImage[]
  /** Everything the result refers to, children before what points to them. */
  readonly outputs: readonly ResultBlob[]
  readonly diagnostics: readonly Diagnostic[]
  [Symbol.asyncDispose](): Promise<void>
}

export type KeptImage = Pick<ListedImage, 'descriptor' | 'platform'>

/** The inputs of a plan besides the node it is for. */
export type RebuildWork = {
  readonly plan: Plan
  readonly source: BlobSource
  readonly workshop: Workshop
  readonly options: RebuildOptions
  /** Rebuilds one image, where that is not the plan. */
  readonly alone?: (node: ListedImage) => Promise<Rebuilt>
}

/** Carries a plan out on an image that stands for itself. @throws ImageError those of `loadImage` and `rebuildImage` */
export async function rebuildAlone(node: ListedImage, { plan, source, workshop, options }: RebuildWork): Promise<Rebuilt> {
  const image = await rebuildImage(await loadImage(source, node.descriptor, options.signal), plan, source, workshop, options)
  const lost = image.changed ? node.children.map(child => leftBehind(child.descriptor)) : []
  return {
    source: node.descriptor,
    root: image.descriptor,
    changed: image.changed,
    images: [image],
    kept: [],
    outputs: image.outputs,
    diagnostics: [...image.diagnostics, ...lost],
    [Symbol.asyncDispose]: () => image[Symbol.asyncDispose](),
  }
}

function leftBehind({ digest }: Descriptor): Diagnostic {
  return {
    code: 'REFERRER_DROPPED',
    severity: 'warning',
    message: `${digest} names the old digest and is not part of the result`,
  }
}
