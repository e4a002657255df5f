import type { Descriptor } from '../../blob/descriptor.ts'
import { digestOf } from '../../blob/digest.ts'
import { readDocument } from '../../blob/read.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { selectNodes } from '../../image/choose.ts'
import { CONFIG_SHAPE, INDEX_SHAPE, parseDocument } from '../../image/document-shape.ts'
import { type ImageNode, isImageOrIndex } from '../../image/list.ts'
import { loadManifest } from '../../image/load.ts'
import type { Destination } from '../../image/location.ts'
import { blobsOf } from '../../image/manifest.ts'
import { documentBytes, plainJson } from '../../image/plain-json.ts'
import { descriptorPlatform } from '../../image/platform.ts'
import { type RawJson, toRaw } from '../../image/raw-json.ts'
import {
  annotated,
  chosenEntries,
  configPlatform,
  type IndexEntry,
  indexOf,
  rawDescriptors,
  withoutName,
  withPlatform,
} from '../../make/index-entries.ts'
import type { ResultBlob } from '../../rebuild/rebuilt-image.ts'
import type { Setting } from '../../rebuild/setting.ts'
import type { Asking } from '../asking.ts'
import { openSession, type Session } from '../session.ts'
import { showPhases } from '../show-phases.ts'
import { joinedSource } from './joined-source.ts'
import { openTarget, type Target, writeTo } from './target.ts'

export type IndexRequest = {
  /** DEST as typed: made by `create`, changed in place by the others. */
  readonly destination: string
  readonly force: boolean
} & (
  | { readonly action: 'create'; readonly images: readonly string[] }
  | { readonly action: 'add'; readonly images: readonly string[] }
  /** `words`: platforms and digests. */
  | { readonly action: 'remove'; readonly words: readonly string[] }
  /** Without words the index itself. */
  | { readonly action: 'annotate'; readonly words: readonly string[]; readonly settings: readonly Setting[] }
)

export type IndexRun = {
  readonly root: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>
  readonly entries: readonly IndexEntry[]
  readonly destination: Destination
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Makes an index of images, or changes one. Platforms are read from configs; attestations go with their image; entries
 * that are not touched stay as they were written.
 * @throws ImageError `PLATFORM_REPEATED`, `PLATFORM_NOT_FOUND`, `PLATFORM_UNKNOWN`, `NOT_AN_INDEX`, those of opening, reading, writing
 */
export async function runIndex(asking: Asking, request: IndexRequest): Promise<IndexRun> {
  const composing = new Composing(asking)
  const show = showPhases(asking)
  let target: Target | undefined
  try {
    const before = request.action === 'create' ? undefined : await composing.existing(request.destination)
    let entries = before?.entries ?? []
    let raw = before?.raw
    if (request.action === 'create' || request.action === 'add') {
      for (const image of request.images) entries = merged(entries, await composing.image(image))
    } else if (request.action === 'remove') entries = without(entries, request.words)
    else [raw, entries] = withSettings(raw, entries, request)
    const made = indexOf(raw, entries)
    const root = { mediaType: made.mediaType, digest: digestOf(made.raw), size: made.raw.byteLength }
    const from = composing.place ?? { transport: 'demo' as const }
    target = await openTarget(asking, request.destination, { force: request.force || request.action !== 'create', from })
    const outputs = [...(await composing.outputs(entries)), { blob: root, from: made.raw }]
    const options = { onProgress: show.update, signal: asking.signal }
    const left = await writeTo(target, { root, outputs }, composing.source, options)
    return { root, entries, destination: target.destination, diagnostics: [...made.diagnostics, ...left] }
  } finally {
    show.end()
    await target?.sink?.abort()
    await composing.close()
  }
}

/** The same image once; another one beside it. */
function merged(entries: readonly IndexEntry[], more: readonly IndexEntry[]): readonly IndexEntry[] {
  const known = new Set(entries.map(({ digest }) => digest))
  return [...entries, ...more.filter(({ digest }) => !known.has(digest))]
}

function without(entries: readonly IndexEntry[], words: readonly string[]): readonly IndexEntry[] {
  const gone = chosenEntries(entries, words)
  const left = entries.filter(entry => !gone.has(entry))
  if (left.length > 0) return left
  throw new ImageError('NOT_AN_INDEX', 'Cannot remove every image: the index would list nothing', {
    hint: 'Delete the tag instead, or add another image first (peel index add).',
  })
}

function withSettings(
  raw: Uint8Array | undefined,
  entries: readonly IndexEntry[],
  { words, settings }: Extract<IndexRequest, { action: 'annotate' }>,
): [raw: Uint8Array | undefined, entries: readonly IndexEntry[]] {
  const set = (text: RawJson) =>
    settings.reduce<RawJson>(
      (each, setting) =>
        'name' in setting && setting.kind === 'annotation' ? annotated(each, setting.name, setting.value) : each,
      text,
    )
  if (words.length === 0) return [raw && documentBytes(set(plainJson(raw, INDEX_SHAPE))), entries]
  const chosen = chosenEntries(entries, words)
  return [raw, entries.map(entry => (chosen.has(entry) ? { ...entry, raw: set(entry.raw) } : entry))]
}

/** The places that an index is put together from. */
class Composing {
  readonly #asking: Asking
  readonly #sessions: Session[] = []
  /** Which place has a blob. */
  readonly #holders = new Map<string, Session>()
  /** The blobs that each image and each thing about one needs, children first. */
  readonly #blobs = new Map<string, readonly Descriptor[]>()

  constructor(asking: Asking) {
    this.#asking = asking
  }

  get place(): Session['place'] | undefined {
    return this.#sessions[0]?.place
  }

  get source() {
    return joinedSource(
      this.#sessions.map(session => ({ source: session.source, knows: ({ digest }) => this.#holders.get(digest) === session })),
    )
  }

  /** The index that DEST names. @throws ImageError `NOT_AN_INDEX` */
  async existing(typed: string): Promise<{ readonly raw: Uint8Array; readonly entries: readonly IndexEntry[] }> {
    const { session, node } = await this.#open(typed)
    if (node.kind !== 'index') {
      throw new ImageError('NOT_AN_INDEX', `Cannot change ${node.descriptor.digest}: it is no index`, {
        hint: 'peel index create DEST IMAGE… makes one.',
      })
    }
    const { raw } = node.document
    return { raw, entries: await this.#below(session, node, false) }
  }

  /** An image as an entry; of an index every image in it, however deep. */
  async image(typed: string): Promise<readonly IndexEntry[]> {
    const { session, node } = await this.#open(typed)
    if (node.kind === 'index') return await this.#below(session, node, true)
    return [await this.#entry(session, node, toRaw(descriptorOf(node.descriptor)), new Map(), true)]
  }

  async outputs(entries: readonly IndexEntry[]): Promise<readonly ResultBlob[]> {
    const all = entries.flatMap(({ digest, about }) => [
      digest,
      ...about.map(each => String((JSON.parse(each) as Descriptor).digest)),
    ])
    return all.flatMap(digest => (this.#blobs.get(digest) ?? []).map(blob => ({ blob, from: 'source' as const })))
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close()
  }

  async #open(typed: string): Promise<{ readonly session: Session; readonly node: ImageNode }> {
    const session = await openSession(typed, { ...this.#asking, keepBlobs: false, becomes: 'image' }, this.#asking.signal)
    this.#sessions.push(session)
    const nodes = selectNodes(session.listing, session.selector).filter(isImageOrIndex)
    const [only] = nodes
    return { session, node: nodes.length === 1 && only !== undefined ? only : session.choose() }
  }

  async #below(session: Session, index: Extract<ImageNode, { kind: 'index' }>, flatten: boolean): Promise<readonly IndexEntry[]> {
    const raws = rawDescriptors(index.document.raw)
    const entries: IndexEntry[] = []
    for (const child of index.children) {
      if (child.kind === 'index' && flatten) entries.push(...(await this.#below(session, child, true)))
      else
        entries.push(
          await this.#entry(session, child, raws.get(child.descriptor.digest) ?? toRaw(child.descriptor), raws, flatten),
        )
    }
    return entries
  }

  async #entry(
    session: Session,
    node: ImageNode,
    raw: RawJson,
    raws: ReadonlyMap<string, RawJson>,
    fresh: boolean,
  ): Promise<IndexEntry> {
    const { digest } = node.descriptor
    await this.#need(session, node)
    const about: RawJson[] = []
    for (const child of node.kind === 'image' ? node.children : []) {
      await this.#need(session, child)
      about.push(raws.get(child.descriptor.digest) ?? toRaw(descriptorOf(child.descriptor)))
    }
    if (!fresh || node.kind !== 'image') return { raw, digest, platform: node.platform, about }
    const image = await session.load(node, this.#asking.signal)
    const config = image.config === undefined ? {} : parseDocument(image.config.raw, 'the config', CONFIG_SHAPE).value
    const platform = configPlatform(config, digest)
    return { raw: withPlatform(withoutName(raw), platform), digest, platform: descriptorPlatform(platform), about }
  }

  /** Notes the blobs that a manifest refers to; absent ones are not sent. */
  async #need(session: Session, node: ImageNode): Promise<void> {
    if (node.kind === 'missing' || node.kind === 'unreadable') return
    const { descriptor } = node
    const blobs =
      node.kind === 'index'
        ? await this.#indexBlobs(session, node)
        : node.kind === 'other'
          ? [descriptor]
          : [...blobsOf((await loadManifest(session.source, descriptor, this.#asking.signal)).value), descriptor]
    this.#blobs.set(descriptor.digest, blobs)
    for (const { digest } of blobs) if (!this.#holders.has(digest)) this.#holders.set(digest, session)
  }

  async #indexBlobs(session: Session, node: Extract<ImageNode, { kind: 'index' }>): Promise<readonly Descriptor[]> {
    // Proven like any document before it is named by another.
    await readDocument(session.source, node.descriptor, this.#asking.signal)
    const below: Descriptor[] = []
    for (const child of node.children) {
      await this.#need(session, child)
      below.push(...(this.#blobs.get(child.descriptor.digest) ?? []))
    }
    return [...below, node.descriptor]
  }
}

/** A descriptor of our own: where an image lay says nothing about it in an index. */
function descriptorOf({ mediaType, digest, size, artifactType, annotations }: Descriptor): object {
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  }
}
