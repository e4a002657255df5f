import type { Descriptor } from '../../blob/descriptor.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { formatPlatform } from '../../image/platform.ts'
import { type Fact, fact } from '../../line/facts.ts'
import { cut } from '../../line/text.ts'
import { manifestOf } from '../../list/index-tree.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { IndexEntry } from '../model/preview.ts'
import type { State } from '../model/state.ts'
import { whatText } from './index-view.ts'

/** Names and annotations that are told; of each so many cells. */
const MOST = 8
const LONGEST = 200

/** All that is known of a row of the index without asking for anything more. */
export function entryFacts(image: OpenImage, entry: IndexEntry, manifests: State['slices']['manifests']): readonly Fact[] {
  const { node, descriptor, part } = entry
  const { digest, size, mediaType, annotations = {} } = descriptor
  const isOpen = digest === image.image.descriptor.digest
  const platform = node?.platform
  return [
    fact('kind', `${whatText(entry)}${isOpen ? ', the one on the screen' : ''}`),
    ...(node === undefined ? [] : node.names.slice(0, MOST).map(name => fact('name', cut(escapeText(name), LONGEST)))),
    ...(platform === undefined ? [] : [fact('platform', formatPlatform(platform))]),
    ...(node !== undefined && 'error' in node ? [fact('why', escapeText(node.error.message), { role: 'error' })] : []),
    fact('size', `${formatSize(size)}${part === undefined ? ' of the document' : ''}`),
    ...layersOf(image, entry, manifests, isOpen),
    ...(part === 'layer' ? shownLayer(image, descriptor) : []),
    fact('digest', digest, { digest }),
    fact('media type', cut(escapeText(mediaType), LONGEST)),
    ...Object.entries(annotations)
      .filter(([, value]) => node?.names.includes(value) !== true)
      .slice(0, MOST)
      .map(([name, value]) => fact(cut(escapeText(name), LONGEST), cut(escapeText(value), LONGEST))),
  ]
}

/** The layers of a manifest, and those that the image on the screen has too. */
function layersOf(
  image: OpenImage,
  { node, descriptor }: IndexEntry,
  manifests: State['slices']['manifests'],
  isOpen: boolean,
): readonly Fact[] {
  const manifest = node === undefined ? manifests.get(descriptor.digest) : manifestOf(node, manifests)
  if (manifest === undefined) return []
  const own = new Set(image.image.layers.map(({ blob }) => blob.digest))
  const shared = manifest.layers.filter(({ digest }) => own.has(digest))
  const all = fact('layers', amountOf(manifest.layers))
  if (isOpen || node?.kind !== 'image') return [all]
  return [
    all,
    fact(
      'shared',
      shared.length === 0 ? 'none with the image on the screen' : `${amountOf(shared)}, with the image on the screen`,
    ),
  ]
}

function amountOf(layers: readonly Descriptor[]): string {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0)
  return `${formatCount(layers.length)}, ${formatSize(bytes)}`
}

function shownLayer({ image }: OpenImage, { digest }: Descriptor): readonly Fact[] {
  const found = image.layers.find(({ blob }) => blob.digest === digest)
  return found === undefined ? [] : [fact('layer', `${found.position + 1} of the image on the screen`)]
}
