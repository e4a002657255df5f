import { shortDigest } from '../../blob/digest.ts'
import { recompressedTwice, type SharedLayers } from '../../compare/shared-layers.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { rangesText } from '../../format/ranges.ts'
import { formatSize } from '../../format/size.ts'
import type { Paint } from '../run/paint.ts'

/** `peel inspect A B … --shared` for people: what each image weighs alone, the layers that several have, what all of them cost. */
export function* sharedText(shared: SharedLayers, paint: Paint): Generator<string> {
  const { images, layers, total, stored } = shared
  yield paint('dim', '   #      size    unique  image')
  for (const [index, { reference, size, unique }] of images.entries()) {
    yield `${String(index + 1).padStart(4)}  ${cell(size)}  ${cell(unique)}  ${escapeText(reference)}`
  }
  const common = layers.filter(layer => layer.images.length > 1)
  if (common.length > 0) {
    yield ''
    yield paint('dim', '      size  images  layer')
    for (const { digest, size, images: owners } of common) {
      const who = owners.length === images.length ? 'all of them' : rangesText(owners)
      yield `  ${cell(size)}  ${formatCount(owners.length).padStart(6)}  ${shortDigest(digest)}  ${paint('dim', who)}`
    }
  }
  yield ''
  const saved = total - stored
  const percent = total === 0 ? 0 : Math.round((saved / total) * 100)
  yield `${formatSize(total)} one by one, ${formatSize(stored)} where each layer is stored once: sharing saves ${formatSize(saved)} (${percent} %)`
  const twice = recompressedTwice(shared)
  if (twice > 0) yield `${formatSize(twice)} more would be shared if the same layers were compressed in one way`
}

function cell(bytes: number): string {
  return formatSize(bytes).padStart(8)
}
