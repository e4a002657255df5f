import { shortDigest } from '../../blob/digest.ts'
import { recompressedTwice, type SharedLayers } from '../../compare/shared-layers.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
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
      const who = owners.length === images.length ? 'all of them' : ranges(owners)
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

/** Numbers of images, 1 first, as `1–4, 7`. */
function ranges(positions: readonly number[]): string {
  const parts: string[] = []
  for (let from = 0; from < positions.length; ) {
    let to = from
    while (positions[to + 1] === (positions[to] ?? 0) + 1) to++
    const [first, last] = [(positions[from] ?? 0) + 1, (positions[to] ?? 0) + 1]
    parts.push(first === last ? String(first) : `${first}–${last}`)
    from = to + 1
  }
  return `${parts.slice(0, 12).join(', ')}${parts.length > 12 ? ' …' : ''}`
}
