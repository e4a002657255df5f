import { type Compression, layerType } from '../blob/media-type.ts'
import type { ListedImage } from '../image/choose.ts'
import type { ImageNode } from '../image/list.ts'
import { loadManifest } from '../image/load.ts'
import { formatPlatform } from '../image/platform.ts'
import type { RebuildWork } from './rebuild-alone.ts'
import type { RebuiltImage } from './rebuilt-image.ts'

type IndexNode = Extract<ImageNode, { readonly kind: 'index' }>

/**
 * The work for an image that its index lists in several compressions: it keeps its own where no edit names one, or all variants
 * would become the same image (reports/compression-variants).
 */
export async function asVariant(index: IndexNode, image: ListedImage, work: RebuildWork): Promise<RebuildWork> {
  const { plan, source, options } = work
  if (plan.edits.some(({ type }) => type === 'compress') || !hasVariants(index, image)) return work
  const { value } = image.document ?? (await loadManifest(source, image.descriptor, options.signal))
  const kinds = new Set(value.layers.map(layer => layerType(layer.mediaType)?.compression))
  const [compression, ...others] = [...kinds]
  if (compression === undefined || compression === 'gzip' || others.length > 0) return work
  return { ...work, plan: { edits: [...plan.edits, { type: 'compress', compression }] } }
}

function hasVariants({ children }: IndexNode, { platform, descriptor }: ListedImage): boolean {
  if (platform === undefined) return false
  return children.some(
    each =>
      each.kind === 'image' &&
      each.descriptor.digest !== descriptor.digest &&
      each.platform !== undefined &&
      formatPlatform(each.platform) === formatPlatform(platform),
  )
}

/** Whether all layers of a rebuilt image are zstd. */
export function isZstd({ layers, image }: RebuiltImage): boolean {
  const written = layers.filter(({ planned }) => planned.type !== 'drop')
  const types = written.map(({ planned, blob }) =>
    blob === undefined && 'position' in planned ? image.layers[planned.position]?.blob.mediaType : blob?.mediaType,
  )
  const wanted: Compression = 'zstd'
  return types.length > 0 && types.every(type => type !== undefined && layerType(type)?.compression === wanted)
}
