import type { Diagnostic } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { MOST_LAYERS } from '../../image/runtime-refusals.ts'
import { REFUSED_IN_STACK } from '../../layer/refused-codes.ts'
import type { Hit, LayersRule, Rule } from '../rule.ts'

/** Faults of documents and layers for which docker, containerd or podman do not take the image: each was seen there. */
const OF_DOCUMENTS: ReadonlySet<ErrorCode> = new Set(['CONFIG_UNREADABLE', 'LAYERS_TOO_MANY', 'ZSTD_IN_DOCKER_MANIFEST'])
const OF_LAYERS: ReadonlySet<ErrorCode> = new Set(REFUSED_IN_STACK)

/** Places told of one fault in one layer. */
const TOLD = 3

const refused: LayersRule = {
  id: 'run/refused',
  severity: 'error',
  title: 'Runtimes refuse the image',
  matches:
    'A layer that docker, containerd or podman do not unpack: a name twice, an entry and its whiteout in one layer, an entry below a file, a whiteout or a link of the same layer that leads nowhere or round, a hard link without its target before it, a name, type, attribute or sparse file that they do not take; a config that they cannot read, more than 127 layers, zstd in a Docker manifest',
  mustNotMatch: 'Layers that they take and read differently (semantics/differ); whiteouts of nothing; oddities of the archive',
  fix: { other: 'Build the layer with a current tool; or write it anew with its number: peel squash --layers N..N.' },
  references: ['image-spec layer.md'],
  needs: 'layers',
  *look({ image, stack }) {
    for (const { code, message } of image.diagnostics)
      if (OF_DOCUMENTS.has(code)) yield { detail: `${message}.`, key: code, fix: fixOfDocument(code, image.layers.length) }
    const ofLayers = [
      ...stack.changesets.flatMap(({ diagnostics }, layer) => diagnostics.map(each => ({ ...each, layer }))),
      ...stack.diagnostics,
    ].filter(({ code }) => OF_LAYERS.has(code))
    for (const found of Map.groupBy(ofLayers, ({ code, layer }) => `${code} ${layer}`).values()) yield* faultOf(found)
  },
}

/** One fault of one layer, at all its places; paths are shown as diagnostics show them. */
function* faultOf(found: readonly Diagnostic[]): Generator<Hit> {
  const [first] = found
  if (first === undefined) return
  const { code, message, layer = 0 } = first
  const untold = found.filter(({ path }) => path !== undefined && !message.includes(path))
  const paths = untold.slice(0, TOLD).map(({ path }) => path)
  const more = untold.length > TOLD ? `, and ${countOf(untold.length - TOLD, 'more place')}` : ''
  const where = paths.length === 0 ? '' : `${paths.join(', ')}${more}: `
  yield { layer, detail: `Layer ${layer + 1}: ${where}${escapeText(message)}.`, key: code, fix: fixOfLayer(code, layer) }
}

/** Faults of a name, a link or an attribute itself, which a layer that is written anew has as well. */
const STAYING: ReadonlySet<ErrorCode> = new Set(['ENTRY_REFUSED', 'PATH_TOO_DEEP'])

function fixOfLayer(code: ErrorCode, layer: number): string {
  const range = `${layer + 1}..${layer + 1}`
  return STAYING.has(code)
    ? 'Build the layer without what is refused in it; peel squash --remove PATH leaves a path out.'
    : `Build the layer with a current tool; or write it anew: peel squash --layers ${range}.`
}

function fixOfDocument(code: ErrorCode, layers: number): string {
  if (code === 'LAYERS_TOO_MANY')
    return `Merge steps; or merge the lowest layers: peel squash --layers 1..${layers - MOST_LAYERS + 1}.`
  return code === 'ZSTD_IN_DOCKER_MANIFEST'
    ? 'Push the image as OCI; or write it anew: peel copy --format oci.'
    : 'Build the image with a current tool.'
}

export const REFUSED_ROWS: readonly Rule[] = [refused]
