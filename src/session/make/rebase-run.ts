import { type Diagnostic, ImageError } from '../../error.ts'
import { type ListedImage, selectNodes } from '../../image/choose.ts'
import { allNodes, type ImageNode, isImageOrIndex } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { familiarReference } from '../../image/reference.ts'
import type { LayerReading } from '../../layer/reading.ts'
import { planOnBase } from '../../make/plan-on-base.ts'
import { checkAccepted, type ReadableImage, type RebasedImage, rebaseImage } from '../../make/rebase-image.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { choicesOf, EMPTY_PLAN } from '../../rebuild/plan.ts'
import { type Rebuilt, rebuildAlone } from '../../rebuild/rebuild-alone.ts'
import { rebuildIndex } from '../../rebuild/rebuild-index.ts'
import type { RebuiltImage } from '../../rebuild/rebuilt-image.ts'
import type { RebuildOptions, Workshop } from '../../rebuild/workshop.ts'
import type { Asking } from '../asking.ts'
import { contentsByLayer } from '../contents-by-layer.ts'
import { createLayerThreads } from '../layer-threads.ts'
import { openSession, type Session, wantedPlatform } from '../session.ts'
import { showPhases } from '../show-phases.ts'
import { createWorkshop } from '../workshop.ts'
import { chooseNode } from '../write/destination-plan.ts'
import { rebuildOptions } from '../write/rebuild-run.ts'
import { documentSource, joinedSource } from './joined-source.ts'
import { openTarget, type Target, writeTo } from './target.ts'

export type RebaseRequest = {
  readonly image: string
  /** DEST as typed; undefined only reports. */
  readonly destination: string | undefined
  readonly force: boolean
  readonly newBase: string
  /** Undefined: what the image's annotations name. */
  readonly oldBase: string | undefined
  /** Package databases that may be hidden. */
  readonly accept: readonly string[]
  /** Edits that are carried out on the image once it is on its new base; their positions are those of the image as it is. */
  readonly edits?: readonly Edit[]
}

export type RebaseRun = {
  readonly root: Rebuilt['root']
  readonly images: readonly RebasedImage[]
  /** The images after the further edits, in the same order; empty where there are none. */
  readonly edited: readonly RebuiltImage[]
  readonly destination: Destination | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Puts an image, or every image of an index, on another base and writes it. `tell` has the conflicts before anything is written, and
 * before a package database that would be hidden is refused; `use` has the result.
 * @throws ImageError `BASE_UNKNOWN`, `BASE_MISMATCH`, `REBASE_REFUSED`, those of opening, reading and writing
 */
export async function runRebase<T>(
  asking: Asking,
  request: RebaseRequest,
  tell: (images: readonly RebasedImage[]) => Promise<void>,
  use: (run: RebaseRun) => Promise<T>,
): Promise<T> {
  await using threads = createLayerThreads(asking)
  const show = showPhases(asking)
  const open: Session[] = []
  let target: Target | undefined
  const session = async (reference: string) => {
    const becomes = request.destination === undefined ? {} : ({ becomes: 'image' } as const)
    const opened = await openSession(reference, { ...asking, ...becomes, threads }, asking.signal)
    open.push(opened)
    return opened
  }
  try {
    const image = await session(request.image)
    const { place } = image
    if (request.destination !== undefined)
      target = await openTarget(asking, request.destination, { force: request.force, from: place })
    const destination = target?.destination
    const next = await session(request.newBase)
    const old = await session(request.oldBase ?? (await namedBase(asking, image)))
    await using workshop = createWorkshop(threads.pool, { countOnly: target === undefined })
    const edits = request.edits ?? []
    const rebasing = new Rebasing(
      { ...rebuildOptions(asking), signal: asking.signal, onProgress: show.update },
      { image, next, old },
      workshop,
      edits,
    )
    const node = chooseNode(nodeOf(image, asking), EMPTY_PLAN, destination, image)
    await using rebuilt = await rebasing.rebase(node)
    await tell(rebasing.done)
    for (const { conflicts } of rebasing.done) if (target !== undefined) checkAccepted(conflicts, request.accept)
    const options = { onProgress: show.update, signal: asking.signal }
    const left = target === undefined ? [] : await writeTo(target, rebuilt, rebasing.source, options)
    show.end()
    const diagnostics = [...rebuilt.diagnostics, ...left]
    return await use({ root: rebuilt.root, images: rebasing.done, edited: rebuilt.images, destination, diagnostics })
  } finally {
    show.end()
    await target?.sink?.abort()
    for (const each of open) await each.close()
  }
}

type RebaseOptions = ReturnType<typeof rebuildOptions> & Pick<RebuildOptions, 'onProgress'> & { readonly signal: AbortSignal }
type Places = { readonly image: Session; readonly next: Session; readonly old: Session }

class Rebasing {
  readonly done: RebasedImage[] = []
  readonly source: ReturnType<typeof joinedSource>
  readonly #options: RebaseOptions
  readonly #places: Places
  readonly #workshop: Workshop
  readonly #edits: readonly Edit[]
  /** Blobs of new bases: everything else is the image's. */
  readonly #based = new Set<string>()
  /** Configs and manifests of the images on their new bases. */
  readonly #documents = new Map<string, Uint8Array>()

  constructor(options: RebaseOptions, places: Places, workshop: Workshop, edits: readonly Edit[]) {
    this.#options = options
    this.#places = places
    this.#workshop = workshop
    this.#edits = edits
    this.source = joinedSource([
      { source: documentSource(this.#documents), knows: ({ digest }) => this.#documents.has(digest) },
      { source: places.next.source, knows: ({ digest }) => this.#based.has(digest) },
      { source: places.image.source, knows: () => true },
    ])
  }

  async rebase(node: ImageNode): Promise<Rebuilt> {
    if (node.kind === 'missing' || node.kind === 'unreadable') throw node.error
    if (node.kind === 'image') return await this.#one(node)
    if (node.kind !== 'index')
      throw new ImageError('NOT_AN_IMAGE', `Cannot rebase ${node.descriptor.digest}: it is no container image`)
    return await rebuildIndex(node, {
      plan: EMPTY_PLAN,
      source: this.source,
      workshop: this.#workshop,
      options: this.#options,
      choices: choicesOf(EMPTY_PLAN, 0),
      chosen: new Set(node.document.value.manifests.map(({ digest }) => digest)),
      absent: new Set([...allNodes([node])].flatMap(each => (isAbsent(each) ? [each.descriptor.digest] : []))),
      alone: child => this.#one(child),
    })
  }

  async #one(node: ListedImage): Promise<Rebuilt> {
    const { image, next, old } = this.#places
    const mine = await this.#readable(image, node)
    // Of a base for several platforms the one that the image is for.
    const platform = mine.image.platform
    const rebased = await rebaseImage({
      image: mine,
      old: await this.#readable(old, old.choose(platform)),
      next: await this.#readable(next, next.choose(platform)),
      annotations: await this.#annotations(),
      semantics: this.#options.semantics,
      signal: this.#options.signal,
      created: this.#options.created,
      readByLayer: contentsByLayer,
    })
    for (const { blob, from } of rebased.layers) if (from === 'base') this.#based.add(blob.digest)
    this.done.push(rebased)
    if (this.#edits.length > 0) return await this.#edited(node, rebased)
    return {
      source: node.descriptor,
      root: rebased.root,
      changed: true,
      images: [],
      kept: [],
      outputs: rebased.outputs,
      diagnostics: [],
      [Symbol.asyncDispose]: async () => {},
    }
  }

  /** The image on its new base is an image like any other: the edits are carried out on that. */
  async #edited({ descriptor }: ListedImage, { root, layers, dropped, outputs }: RebasedImage): Promise<Rebuilt> {
    for (const { blob, from } of outputs) if (from instanceof Uint8Array) this.#documents.set(blob.digest, from)
    const plan = planOnBase(this.#edits, { old: dropped.length, next: layers.filter(({ from }) => from === 'base').length })
    const node = { kind: 'image', descriptor: root, names: [], platform: undefined, document: undefined, children: [] } as const
    const work = { plan, source: this.source, workshop: this.#workshop, options: this.#options }
    const edited = await rebuildAlone(node, work)
    return { ...edited, source: descriptor, changed: true }
  }

  async #readable(session: Session, node: ListedImage): Promise<ReadableImage> {
    const { signal } = this.#options
    const image = await session.load(node, signal)
    let readings: readonly LayerReading[] = []
    return {
      image,
      source: session.source,
      readLayers: async () => {
        readings = await Promise.all(image.layers.map(({ blob }) => session.readLayer(blob, { signal })))
        return readings
      },
      contents: (position, entries) => {
        const [layer, reading] = [image.layers[position], readings[position]]
        if (layer === undefined || reading === undefined) throw new RangeError(`layer ${position} was not read`)
        return session.readFilesInOnePass(layer.blob, reading, entries, signal)
      },
    }
  }

  /** The manifest's annotations about its base: a name only where it has one that others can use. */
  async #annotations(): Promise<Readonly<Record<string, string | undefined>>> {
    const { place, source } = this.#places.next
    const [root] = place.transport === 'docker' ? await source.roots(this.#options.signal) : []
    return {
      [BASE_NAME]: place.transport === 'docker' ? familiarReference(place.reference) : undefined,
      [BASE_DIGEST]: root?.digest,
    }
  }
}

function isAbsent({ kind }: ImageNode): boolean {
  return kind === 'missing' || kind === 'unreadable'
}

const BASE_NAME = 'org.opencontainers.image.base.name'
const BASE_DIGEST = 'org.opencontainers.image.base.digest'

/** The base that the image's annotations name. @throws ImageError `BASE_UNKNOWN` */
async function namedBase(asking: Asking, session: Session): Promise<string> {
  const image = await session.load(session.choose(wantedPlatform(asking.platform)), asking.signal)
  const { [BASE_NAME]: name, [BASE_DIGEST]: digest } = image.manifest.value.annotations
  if (name === undefined) {
    throw new ImageError('BASE_UNKNOWN', 'Cannot rebase the image: it does not say what it was built on', {
      hint: 'Name it: --old-base IMAGE.',
    })
  }
  return `docker://${name.replace(/@.*$/, '')}${digest === undefined ? '' : `@${digest}`}`
}

/** The index or image that is meant. */
function nodeOf(session: Session, { platform }: Asking): ImageNode {
  const nodes = selectNodes(session.listing, session.selector).filter(isImageOrIndex)
  const [only] = nodes
  return nodes.length === 1 && only !== undefined && platform === undefined ? only : session.choose(wantedPlatform(platform))
}
