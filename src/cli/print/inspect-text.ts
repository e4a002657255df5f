import { shortDigest } from '../../blob/digest.ts'
import { layerType } from '../../blob/media-type.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { imagesOf } from '../../image/choose.ts'
import type { ContainerConfig } from '../../image/config.ts'
import type { HistoryStep } from '../../image/history.ts'
import { formatPlatform } from '../../image/platform.ts'
import type { Paint } from '../run/paint.ts'
import { clipped } from './file-line.ts'
import { factsOf, type Inspected, sizes } from './inspect-json.ts'

/** `peel inspect` for people: what the image is, its layers, how its containers start. */
export function inspectText(inspected: Inspected, paint: Paint, columns: number): readonly string[] {
  return [
    ...heading(inspected, paint),
    '',
    ...layerTable(inspected, paint, columns),
    '',
    ...startFacts(inspected, paint, columns),
  ]
}

function heading(inspected: Inspected, paint: Paint): string[] {
  const { session, image, facts } = inspected
  const size = sizes(inspected)
  const platform = image.platform === undefined ? 'unknown platform' : formatPlatform(image.platform)
  const elsewhere = imagesOf(session.listing.nodes)
    .filter(({ descriptor }) => descriptor.digest !== image.descriptor.digest)
    .map(node => (node.platform === undefined ? `@${shortDigest(node.descriptor.digest)}` : formatPlatform(node.platform)))
  // Many tags have images of the same platforms: each is named once.
  const others = [...new Set(elsewhere)]
  const unknown = image.layers.filter(({ position }) => factsOf(inspected, position) === undefined).length
  const hidden = image.layers.reduce((sum, { position }) => sum + (factsOf(inspected, position)?.hidden?.shipped ?? 0), 0)
  const figures = [
    `${formatSize(size.compressed)} compressed`,
    ...(typeof size.tar === 'number' ? [`${formatSize(size.tar)} unpacked`] : []),
    countOf(image.layers.length, 'layer'),
    ...(typeof size.content === 'number' ? [`${formatSize(hidden)} hidden`] : []),
    ...(facts.length > 0 && unknown > 0 ? [`${unknown} of them cannot be read`] : []),
  ]
  return [
    paint('bold', `${escapeText(session.reference)} › ${platform}`),
    fact('size', figures.join(' · '), paint),
    fact('digest', image.descriptor.digest, paint),
    fact('image ID', image.manifest.value.config.digest, paint),
    fact('type', escapeText(image.manifest.value.mediaType), paint),
    fact('created', escapeText(image.config?.value.created ?? 'unknown'), paint),
    ...(others.length === 0 ? [] : [fact('also here', others.slice(0, 8).join(', ') + (others.length > 8 ? ' …' : ''), paint)]),
    ...packageFacts(inspected, paint),
  ]
}

/** A package that is shipped as an image says in annotations what it is: a bottle of Homebrew has nothing else that tells. */
function packageFacts({ image: { manifest } }: Inspected, paint: Paint): string[] {
  const { annotations } = manifest.value
  if (annotations['com.github.package.type'] === undefined) return []
  return Object.entries(annotations)
    .slice(0, ANNOTATIONS)
    .map(([name, value]) => fact('annotation', clipped(`${name}=${value}`, ANNOTATION_CELLS), paint))
}

const [ANNOTATIONS, ANNOTATION_CELLS] = [20, 200]

/** Every step of the build, the ones that made no layer in their places. */
function layerTable(inspected: Inspected, paint: Paint, columns: number): string[] {
  const { image, facts } = inspected
  const read = facts.length > 0
  const head = ['  #', '    size', ...(read ? ['unpacked', ' entries', '  hidden'] : []), 'type', 'digest      ', 'command']
  const row = (cells: readonly string[], step: HistoryStep) => {
    const left = cells.join('  ')
    return `${left}  ${clipped(step.history?.createdBy ?? '', Math.max(20, columns - left.length - 2))}`
  }
  const lines = image.steps.map(step => {
    const layer = image.layers[step.layer ?? -1]
    if (layer === undefined) return row(['  ·', ' '.repeat(read ? 8 + 30 : 8), '    ', ' '.repeat(12)], step)
    const fact = factsOf(inspected, layer.position)
    const figures = [
      fact === undefined ? '?' : formatSize(fact.reading.tarSize),
      fact === undefined ? '?' : String(fact.reading.changeset.length),
      fact?.hidden === undefined ? '?' : formatSize(fact.hidden.shipped),
    ]
    const type = fact?.reading.compression ?? layerType(layer.blob.mediaType)?.compression ?? '?'
    const numbers = [formatSize(layer.blob.size), ...(read ? figures : [])].map(text => text.padStart(8))
    return row([String(layer.position + 1).padStart(3), ...numbers, type.padEnd(4), shortDigest(layer.blob.digest)], step)
  })
  return [paint('dim', head.join('  ')), ...lines]
}

function startFacts({ image }: Inspected, paint: Paint, columns: number): string[] {
  const container = image.config?.value.container
  if (container === undefined) return []
  return containerFacts(container).map(([name, value]) => fact(name, clipped(value, Math.max(40, columns - 14)), paint))
}

function containerFacts(container: ContainerConfig): (readonly [name: string, value: string])[] {
  const { entrypoint, cmd, exposedPorts, volumes, labels } = container
  const facts: (readonly [string, string | undefined])[] = [
    ['user', container.user],
    ['workdir', container.workingDir],
    ['entrypoint', entrypoint && JSON.stringify(entrypoint)],
    ['cmd', cmd && JSON.stringify(cmd)],
    ...container.env.map(variable => ['env', variable] as const),
    ['ports', exposedPorts.join(' ')],
    ['volumes', volumes.join(' ')],
    ...Object.entries(labels).map(([key, value]) => ['label', `${key}=${value}`] as const),
    ['stop signal', container.stopSignal],
    ['health', container.healthcheck && JSON.stringify(container.healthcheck.test)],
  ]
  return facts.filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== '')
}

function fact(name: string, value: string, paint: Paint): string {
  return `  ${paint('dim', name.padEnd(11))} ${value}`
}
