import { readStatement } from '../../artifact/summary/statement.ts'
import { isRecord } from '../../blob/descriptor.ts'
import { isDigest } from '../../blob/digest.ts'
import { readDocument } from '../../blob/read.ts'
import { baseOfBuildpacks, baseOfHistory, guessedBase, namedBase, prefixLength, prefixOfProvenance } from '../../check/base.ts'
import type { BaseWish } from '../../check/gates/settings.ts'
import { type Base, NO_BASE } from '../../check/report.ts'
import { ImageError } from '../../error.ts'
import { imagesOf } from '../../image/choose.ts'
import { allNodes } from '../../image/list.ts'
import type { Asking } from '../asking.ts'
import { type ChosenImage, withImage } from '../opened-image.ts'

/** Images of the same place that are looked at for a common beginning. */
const NEIGHBOURS = 64

/**
 * Where the base image of an image ends. `auto` asks no place but the image's own: buildpacks' label, annotations and labels, provenance,
 * buildah's history, the other images there, then a guess.
 * @throws ImageError `BASE_NOT_FOUND` where a base that was named is none of this image; as `withImage` for a named image
 */
export async function findBase(asking: Asking, opened: ChosenImage, wish: BaseWish = { kind: 'auto' }): Promise<Base> {
  const { image } = opened
  switch (wish.kind) {
    case 'none':
      return NO_BASE
    case 'layers':
      if (wish.layers > image.layers.length) throw notTheBase(`the image has ${image.layers.length} layers`)
      return { layers: wish.layers, decidedBy: 'option', name: null, digest: null }
    case 'image':
      return await withImage(asking, wish.image, async ({ image: other }) => {
        const layers = prefixLength(image, other)
        if (layers === 0) throw notTheBase(`the layers of "${wish.image}" are not its lowest ones`)
        return { layers, decidedBy: 'option', name: wish.image, digest: other.descriptor.digest }
      })
    case 'digest': {
      const layers = await layersOfDigest(opened, wish.digest)
      if (layers === 0) throw notTheBase(`no image ${wish.digest} lies in the same place with its lowest layers`)
      return { layers, decidedBy: 'option', name: null, digest: wish.digest }
    }
    case 'auto':
      return await foundBase(opened, asking.signal)
  }
}

function notTheBase(why: string): ImageError {
  return new ImageError(
    'BASE_NOT_FOUND',
    { action: 'find the base image', why },
    { hint: 'peel check IMAGE --base N takes the lowest N layers, --base none counts everything.' },
  )
}

async function foundBase(opened: ChosenImage, signal: AbortSignal): Promise<Base> {
  const { image } = opened
  const buildpacks = baseOfBuildpacks(image)
  if (buildpacks !== undefined) return buildpacks
  const named = namedBase(image)
  if (named !== undefined) {
    const layers = named.digest === null ? 0 : await layersOfDigest(opened, named.digest)
    if (layers > 0) return { ...named, layers }
  }
  const recorded = await baseOfProvenance(opened, signal)
  if (recorded !== undefined && recorded.layers > 0) return recorded
  const found = baseOfHistory(image) ?? (await baseBeside(opened, signal))
  if (found !== undefined) return { ...found, name: found.name ?? named?.name ?? recorded?.name ?? null }
  // A name without layers still says what FROM was.
  const guess = guessedBase(image)
  if (guess !== undefined)
    return { ...guess, name: named?.name ?? recorded?.name ?? null, digest: named?.digest ?? recorded?.digest ?? null }
  if (named !== undefined) return { ...named, layers: 0 }
  return recorded ?? NO_BASE
}

/** Layers of the image of that digest, where it lies in the same place and is a base of this one. */
async function layersOfDigest({ session, image }: ChosenImage, digest: string): Promise<number> {
  if (!isDigest(digest)) return 0
  const nodes = [...allNodes(session.listing.nodes)]
  const named = nodes.filter(node => node.descriptor.digest === digest)
  for (const node of imagesOf(named)) {
    const layers = prefixLength(image, await session.load(node))
    if (layers > 0) return layers
  }
  return 0
}

/** The longest beginning that another image of the same place has in common, all of whose layers are the lowest of this one. */
async function baseBeside({ session, image }: ChosenImage, signal: AbortSignal): Promise<Base | undefined> {
  let best: Base | undefined
  if (session.place.transport === 'docker') return undefined
  for (const node of imagesOf(session.listing.nodes).slice(0, NEIGHBOURS)) {
    if (node.descriptor.digest === image.descriptor.digest) continue
    const other = await session.load(node, signal).catch(() => undefined)
    const layers = other === undefined ? 0 : prefixLength(image, other)
    if (layers > (best?.layers ?? 0))
      best = { layers, decidedBy: 'prefix', name: node.names[0] ?? null, digest: node.descriptor.digest }
  }
  return best
}

/** The base by a provenance attestation beside the image: a name, and with `mode=max` how many layers. */
async function baseOfProvenance(opened: ChosenImage, signal: AbortSignal): Promise<Base | undefined> {
  for (const document of await statementsOf(opened, signal)) {
    const summary = readStatement(document)
    if (summary?.predicate?.kind !== 'provenance') continue
    const [material] = summary.predicate.bases.slice(-1)
    const predicate = isRecord(document) ? document['predicate'] : undefined
    const layers =
      prefixOfProvenance(opened.image, predicate) ||
      (material?.digest === undefined ? 0 : await layersOfDigest(opened, material.digest))
    if (material === undefined && layers === 0) continue
    return {
      layers,
      decidedBy: 'provenance',
      name: material === undefined ? null : nameOfMaterial(material.uri),
      digest: material?.digest ?? null,
    }
  }
  return undefined
}

/** `pkg:docker/alpine@3.17?platform=linux%2Famd64` is `alpine:3.17`. */
function nameOfMaterial(uri: string): string {
  const [, path = uri] = /^(?:pkg:(?:docker|oci)\/|docker-image:\/\/|oci:\/\/)([^?#]*)/.exec(uri) ?? []
  try {
    return decodeURIComponent(path).replace(/@(?!sha(?:256|512):)/, ':')
  } catch {
    return path
  }
}

/** In-toto statements of the attestations that are listed below the image; unreadable ones are left out. */
export async function statementsOf(
  { session, image }: Pick<ChosenImage, 'session' | 'image'>,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const node = imagesOf(session.listing.nodes).find(({ descriptor }) => descriptor.digest === image.descriptor.digest)
  const attestations = (node?.children ?? []).filter(each => each.kind === 'attestation' && each.document !== undefined)
  const statements: unknown[] = []
  for (const each of attestations) {
    const layers = each.kind === 'attestation' ? (each.document?.value.layers ?? []) : []
    for (const layer of layers) {
      if (!/in-toto|dsse/.test(layer.mediaType)) continue
      const raw = await readDocument(session.source, layer, signal).catch(() => undefined)
      if (raw === undefined) continue
      try {
        statements.push(JSON.parse(raw.toString('utf8')))
      } catch {
        // A text that is no JSON is no statement.
      }
    }
  }
  return statements
}

/** How `--base` is typed: `auto`, `none`, a number of layers, or an image. */
export function baseWish(typed: string): BaseWish {
  if (typed === 'auto' || typed === 'none') return { kind: typed }
  return /^\d{1,5}$/.test(typed) ? { kind: 'layers', layers: Number(typed) } : { kind: 'image', image: typed }
}
