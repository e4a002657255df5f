import { isRecord } from '../blob/descriptor.ts'
import type { Image } from '../image/load.ts'
import type { Base } from './report.ts'

/** The base of an image by its documents (gates.md §6). No layer is read, nothing is fetched. */

/** The label of Cloud Native Buildpacks: the DiffID of the base's last layer, exact without a network. */
export function baseOfBuildpacks({ config, layers }: Image): Base | undefined {
  const label = config?.value.container.labels['io.buildpacks.lifecycle.metadata']
  const runImage = label === undefined ? undefined : parsed(label)?.['runImage']
  if (!isRecord(runImage)) return undefined
  const top = layers.findLastIndex(({ diffID }) => diffID === runImage['topLayer'])
  const inner = isRecord(runImage['image']) ? runImage['image']['image'] : runImage['image']
  const name = [inner, runImage['reference']].find(each => typeof each === 'string')
  if (top === -1) return undefined
  return {
    layers: top + 1,
    decidedBy: 'buildpacks',
    name: typeof name === 'string' ? name : null,
    digest: digestIn(runImage['reference']),
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function digestIn(reference: unknown): string | null {
  return (typeof reference === 'string' && /@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.exec(reference)?.[1]) || null
}

/** A base that annotations or labels name; they do not tell how many layers it has. */
export type NamedBase = {
  readonly name: string | null
  readonly digest: string | null
  readonly decidedBy: 'annotation' | 'label'
}

export function namedBase({ manifest, config }: Image): NamedBase | undefined {
  const sources = [
    { decidedBy: 'annotation', map: manifest.value.annotations },
    { decidedBy: 'label', map: config?.value.container.labels ?? {} },
  ] as const
  for (const { decidedBy, map } of sources) {
    const [name, digest] = [
      map['org.opencontainers.image.base.name'] || null,
      map['org.opencontainers.image.base.digest'] || null,
    ]
    if (name !== null || digest !== null) return { name, digest, decidedBy }
  }
  return undefined
}

/** buildah's history: the comment of the first step of its own says `FROM NAME`; the topmost such step is this image's. */
export function baseOfHistory({ steps }: Pick<Image, 'steps'>): Base | undefined {
  const own = firstOwnStep(steps)
  if (own === -1) return undefined
  const name = startedFrom(steps[own]) ?? ''
  const layers = steps.slice(0, own).filter(({ layer }) => layer !== undefined).length
  return name === 'scratch' ? undefined : { layers, decidedBy: 'history', name, digest: null }
}

/**
 * The first step that buildah's history says is not the base's, or -1. With `--layers` each step is an image, and the next one's
 * comment names it by its id: such steps are followed down to the one whose comment names an image. Where none does, nothing is said.
 */
export function firstOwnStep(steps: Image['steps']): number {
  const top = steps.findLastIndex(step => startedFrom(step) !== undefined)
  let own = top
  while (IMAGE_ID.test(startedFrom(steps[own]) ?? '') && startedFrom(steps[own - 1]) !== undefined) own--
  return own < top && IMAGE_ID.test(startedFrom(steps[own]) ?? '') ? -1 : own
}

/** As buildah shortens an image's id, and whole. */
const IMAGE_ID = /^[0-9a-f]{12}(?:[0-9a-f]{52})?$/

function startedFrom(step: Image['steps'][number] | undefined): string | undefined {
  return /^FROM (\S+)$/.exec(step?.history?.comment ?? '')?.[1]
}

/** How many layers of `other` are the lowest of the image, by DiffID, so that compressing anew hides nothing; 0 where it is none of its bases. */
export function prefixLength(image: Image, other: Image): number {
  const [own, base] = [image, other].map(({ layers }) => layers.map(({ diffID, blob }) => diffID ?? blob.digest))
  if (own === undefined || base === undefined || base.length === 0 || base.length >= own.length) return 0
  return base.every((each, position) => each === own[position]) ? base.length : 0
}

/**
 * The lowest layers that buildkit's provenance of `mode=max` lists for the source of a step: of all lists that the image begins with the
 * shortest is the base, the others have steps of the build on it.
 */
export function prefixOfProvenance({ layers }: Image, predicate: unknown): number {
  const lists = buildkitLayers(predicate).flatMap(list => {
    const digests = list.map(each => (isRecord(each) ? each['digest'] : undefined))
    return digests.length > 0 && digests.every((digest, position) => digest === layers[position]?.blob.digest)
      ? [digests.length]
      : []
  })
  return lists.length === 0 ? 0 : Math.min(...lists)
}

function buildkitLayers(predicate: unknown): readonly (readonly unknown[])[] {
  const root = isRecord(predicate) ? predicate : {}
  const run = isRecord(root['runDetails']) ? root['runDetails'] : root
  const metadata = isRecord(run['metadata']) ? run['metadata'] : {}
  const buildkit = metadata['buildkit_metadata'] ?? metadata['https://mobyproject.org/buildkit@v1#metadata']
  const layers = isRecord(buildkit) && isRecord(buildkit['layers']) ? buildkit['layers'] : {}
  return Object.values(layers)
    .flatMap(each => (Array.isArray(each) ? (each as readonly unknown[]) : []))
    .filter(each => Array.isArray(each))
}

/**
 * The last CMD below the topmost layer, as trivy guesses: wrong where a Dockerfile sets CMD before its steps, or where the base sets none.
 * A guess is shown and excuses nothing.
 */
export function guessedBase({ steps }: Image): Base | undefined {
  const top = steps.findLastIndex(({ layer }) => layer !== undefined)
  const command = steps
    .slice(0, top)
    .findLastIndex(({ layer, history }) => layer === undefined && /(?:^|#\(nop\)\s*)CMD\s/.test(history?.createdBy ?? ''))
  const layers = steps.slice(0, Math.max(0, command)).filter(({ layer }) => layer !== undefined).length
  return layers === 0 ? undefined : { layers, decidedBy: 'guess', name: null, digest: null }
}
