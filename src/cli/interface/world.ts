import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Descriptor, EMPTY_DESCRIPTOR, sizeOfBlobs } from '../../blob/descriptor.ts'
import { parseDigest } from '../../blob/digest.ts'
import { embeddedData, readBlob, readDocument } from '../../blob/read.ts'
import type { BlobSource, Range } from '../../blob/source.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { imagesOf, type ListedArtifact, selectNodes } from '../../image/choose.ts'
import type { Document } from '../../image/document.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { type Image, loadManifest, windowsNotice } from '../../image/load.ts'
import { formatLocation } from '../../image/location.ts'
import { artifactTypeOf, type Manifest } from '../../image/manifest.ts'
import { parsePlatform } from '../../image/platform.ts'
import { registryHost } from '../../image/registry-host.ts'
import { WHOLE_BYTES } from '../../list/content-bytes.ts'
import { asking } from '../../session/asking.ts'
import { DEMO } from '../../session/demo-image.ts'
import { loadEach } from '../../session/image-set.ts'
import { artifactSession } from '../../session/opened-image.ts'
import { ASK_ABOVE, readingCost } from '../../session/reading-cost.ts'
import { findReferrers } from '../../session/referrers.ts'
import { openSession, type Session, type SessionOptions } from '../../session/session.ts'
import type { Offer } from '../../state/model/open-image.ts'
import type { StartItem } from '../../state/model/start.ts'
import type { ImageHandle } from '../../state/perform/world.ts'
import { addTo } from '../../sums.ts'
import { errorCode } from '../../transport/text/usual-text.ts'
import type { OutsideWorld } from '../../tui/run.tsx'
import { contentLooker } from '../../worker/content-thread.ts'
import { fetchPart } from '../../worker/fetch-part.ts'
import { artifactPage, beginDescribing } from './artifact-page.ts'
import { describeName, engineCandidates, listNames } from './browse.ts'
import { completeTyped } from './destinations.ts'
import { type EarlyOpening, type Opening, SPARE_CONNECTIONS } from './early-opening.ts'
import { findImages } from './find-images.ts'
import { ImageSearch } from './image-search.ts'
import { Notices } from './notices.ts'
import { runPager } from './pager.ts'
import { readRecent, recentPath, rememberRecent } from './recent.ts'
import { settingsPath, writeSettingsFile } from './settings-file.ts'

/** The work on layers: the pool of threads, the trees, the ledger, rebuilding. */
export type LayerWork = (
  session: Session,
  image: Image,
) => Pick<
  ImageHandle,
  'readLayer' | 'analyse' | 'check' | 'owners' | 'readFiles' | 'isNear' | 'readFile' | 'save' | 'rebuild' | 'close'
>

/** The interface's door to disk, network and threads. */
export function createWorld(options: SessionOptions, work: LayerWork, { askAbove, early }: Opening = {}): OutsideWorld {
  const sessions = new SharedSessions({ ...options, spareConnections: SPARE_CONNECTIONS }, early)
  const notices = new Notices()
  const search = new ImageSearch(signal => asking({ ...options, signal }))
  return {
    open: async (reference, wanted, signal) => {
      const session = await sessions.take(reference, signal)
      const release = () => sessions.release(session)
      try {
        const { image, offer } = await load(session, wanted, signal)
        const described = image.artifactType === undefined ? undefined : beginDescribing(session.source, image, signal)
        const [settings, pulls] = await Promise.all([described?.config, pullsOf(session, image, askAbove, signal)])
        if (reference !== DEMO && reference !== '-') rememberRecent(recentPath(process.env), lasting(session))
        return {
          ...openedImage(session, image, work, release, options),
          ...(described !== undefined && { artifactPage: described.page }),
          offer,
          settings: settings?.document,
          pulls,
          notices: notices.of(session.source.diagnostics ?? []),
        }
      } catch (error) {
        await release()
        throw error
      }
    },
    list: (listing, signal) => search.learning(listing, listNames(listing, options, notices, signal)),
    describe: (reference, signal) => describeName(reference, options, signal),
    find: signal => {
      search.forget()
      return findCandidates(signal)
    },
    search: (text, places, signal) => search.search(text, places, signal),
    serve: async (reference, onRequest, signal) => {
      const { servePlace } = await import('./serve-place.ts')
      return servePlace(asking({ ...options, signal }), reference, onRequest)
    },
    looker: contentLooker,
    loadSet: (wanted, onTried, signal) => loadEach(asking({ ...options, signal }), wanted, onTried),
    complete: completeTyped,
    page: runPager,
    saveSettings: async settings => writeSettingsFile(settingsPath(process.env), settings),
  }
}

/** The bytes that reading would pull, where that is more than a person wants unasked; only a registry's image can cost that much. */
async function pullsOf(session: Session, image: Image, askAbove = ASK_ABOVE, signal: AbortSignal): Promise<ImageHandle['pulls']> {
  const total = sizeOfBlobs(image.layers)
  // An image that is small as a whole is not looked up.
  if (session.place.transport !== 'docker' || total <= askAbove) return undefined
  const { asks, bytes, layers } = await readingCost(session, image, { signal, askAbove })
  return asks ? { bytes, layers: layers.filter(({ how }) => how === 'pull').map(({ position }) => position) } : undefined
}

/**
 * Another platform or image of a place that is open comes from the same session: an archive is not spooled twice, and
 * standard input can be read only once.
 */
class SharedSessions {
  readonly #options: SessionOptions
  readonly #early: EarlyOpening | undefined
  readonly #users = new Map<Session, number>()

  constructor(options: SessionOptions, early: EarlyOpening | undefined) {
    this.#options = options
    this.#early = early
  }

  async take(reference: string, signal: AbortSignal): Promise<Session> {
    const open = [...this.#users.keys()].find(session => session.reference === reference)
    const session = open ?? (await (this.#early?.take(reference, signal) ?? openSession(reference, this.#options, signal)))
    addTo(this.#users, session)
    return session
  }

  async release(session: Session): Promise<void> {
    const users = (this.#users.get(session) ?? 1) - 1
    this.#users.set(session, users)
    if (users > 0) return
    this.#users.delete(session)
    await session.close()
  }
}

type Wanted = { readonly digest?: string; readonly platform?: string }

type Loaded = { readonly image: Image; readonly offer: Offer }

/**
 * The manifest that was picked, else what the reference and the platform mean. Where they mean several, the first is
 * loaded and the choice is offered; where there is no image, what there is.
 */
async function load(session: Session, { digest, platform }: Wanted, signal: AbortSignal): Promise<Loaded> {
  const { listing, selector } = session
  if (digest !== undefined) return loadNode(session, selectNodes(listing, { digest: parseDigest(digest) })[0], signal)
  try {
    const node = session.choose(platform === undefined ? undefined : parsePlatform(platform))
    return { image: await session.load(node, signal), offer: undefined }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    const offer = OFFERS[error.code]
    const [first] = offer === undefined ? [] : imagesOf(selectNodes(listing, selector))
    if (first !== undefined) return { image: await session.load(first, signal), offer }
    const listed = NO_IMAGE.has(error.code) ? [...allNodes(selectNodes(listing, selector))] : []
    const shown = listed.find(hasManifest) ?? listed.find(({ kind }) => kind === 'other')
    if (shown === undefined) throw error
    return loadNode(session, shown, signal)
  }
}

const OFFERS: Readonly<Record<string, Offer>> = { IMAGE_AMBIGUOUS: 'image', PLATFORM_AMBIGUOUS: 'platform' }
const NO_IMAGE: ReadonlySet<string> = new Set(['NO_IMAGES', 'NOT_AN_IMAGE'])

function hasManifest(node: ImageNode): node is ListedArtifact {
  return node.kind === 'artifact' || node.kind === 'attestation'
}

async function loadNode(session: Session, node: ImageNode | undefined, signal: AbortSignal): Promise<Loaded> {
  if (node?.kind === 'image') return { image: await session.load(node, signal), offer: undefined }
  if (node === undefined) throw new ImageError('IMAGE_NOT_FOUND', 'Cannot open it: it is not in this place')
  // An artifact: its blobs as a tree, in the panes of an image. A blob of an unknown type is shown as it is.
  if (hasManifest(node)) return { image: await session.loadAny(node, signal), offer: 'artifact' }
  const { descriptor, platform } = node
  const manifest = await (node.kind === 'other' ? unknownDocument : loadManifest)(session.source, descriptor, signal)
  const { diagnostics } = manifest
  const artifactType = artifactTypeOf(manifest.value)
  const image = { descriptor, artifactType, manifest, config: undefined, layers: [], steps: [], platform, diagnostics }
  return { image, offer: 'artifact' }
}

/** A document of a type that peel does not know names nothing that it could show. One that is too long or unreadable is empty. */
async function unknownDocument(source: BlobSource, descriptor: Descriptor, signal: AbortSignal): Promise<Document<Manifest>> {
  const raw = await readDocument(source, descriptor, signal).catch(() => new Uint8Array())
  signal.throwIfAborted()
  const { mediaType } = descriptor
  const value = { mediaType, artifactType: mediaType, config: EMPTY_DESCRIPTOR, layers: [], annotations: {} }
  return { descriptor, raw, value, diagnostics: [] }
}

function openedImage(
  session: Session,
  image: Image,
  work: LayerWork,
  release: () => Promise<void>,
  options: SessionOptions,
): Omit<ImageHandle, 'offer' | 'notices'> {
  const { source } = session
  const onLayers = work(artifactSession(session, image).session, image)
  return {
    nodes: session.listing.nodes,
    image: { ...image, diagnostics: [...oddities(session), ...windowsNotice(image), ...image.diagnostics] },
    ...onLayers,
    readBlob: (blob, range, signal) => blobBytes(source, blob, range, signal),
    remote: session.place.transport === 'docker',
    artifactPage: async signal => {
      const { artifactFacts } = await import('../../session/artifact/artifact-facts.ts')
      return artifactPage(image, await artifactFacts(source, image, signal))
    },
    referrers: (subject, signal) => findReferrers(session.place, subject, options, signal),
    saveBytes,
    close: async () => {
      await onLayers.close()
      await release()
    },
  }
}

/** Oddities of the place and its indexes; remarks of a registry are news, and told as such (`Notices`). */
function oddities({ listing }: Session): Image['diagnostics'] {
  return listing.diagnostics.filter(({ code }) => !code.startsWith('REGISTRY_'))
}

/** A whole blob, held against its digest; a part of a large one is fetched alone, since only all of it could be proven. @throws ImageError */
async function* blobBytes(source: BlobSource, blob: Descriptor, range: Range, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { offset = 0, length = Number.POSITIVE_INFINITY } = range
  const end = Math.min(blob.size, offset + length)
  if (blob.size > WHOLE_BYTES && end - offset < blob.size && embeddedData(blob) === undefined) {
    yield await fetchPart({ source, blob, signal }, offset, end)
    return
  }
  let at = 0
  for await (const chunk of readBlob(source, blob, signal)) {
    const [from, to] = [Math.max(0, offset - at), Math.min(chunk.byteLength, offset + length - at)]
    at += chunk.byteLength
    if (to > from) yield chunk.subarray(from, to)
    if (at >= offset + length) return
  }
}

async function saveBytes(bytes: AsyncIterable<Uint8Array>, destination: string, signal: AbortSignal): Promise<string> {
  const file = createWriteStream(destination, { flags: 'wx' })
  try {
    await pipeline(Readable.from(bytes), file, { signal })
  } catch (error) {
    const exists = errorCode(error) === 'EEXIST'
    throw new ImageError('SAVE_FAILED', `Cannot write ${destination}: ${exists ? 'it exists already' : reasonOf(error)}`, {
      ...(exists && { hint: 'Choose another name.' }),
      cause: error,
    })
  }
  return `Saved ${formatSize(file.bytesWritten)} to ${escapeText(destination)}.`
}

/** Images that are here first, then images that were opened before, then the demo. */
export async function* findCandidates(signal: AbortSignal): AsyncGenerator<readonly StartItem[]> {
  const recent = readRecent(recentPath(process.env)).map(({ reference, at }) => ({
    reference,
    label: escapeText(reference),
    detail: `${registryHost(reference) === undefined ? 'opened' : 'registry,'} ${ago(Date.now() - at)}`,
    group: 'recent' as const,
  }))
  const registry: StartItem = {
    reference: '',
    label: 'a registry, an image in one',
    detail: 'type its name: registry.example, localhost:5000/app:1',
    group: 'registry',
  }
  const demo: StartItem = {
    reference: DEMO,
    label: 'demo',
    detail: 'a small image made to show waste, whiteouts, hard links and a leaked secret',
    group: 'demo',
  }
  yield [...(await findImages(process.cwd(), signal)), ...recent, ...(await engineCandidates(process.env)), registry, demo]
}

function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return count(minutes, 'minute')
  return minutes < 2880 ? count(Math.floor(minutes / 60), 'hour') : count(Math.floor(minutes / 1440), 'day')
}

function count(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'} ago`
}

/** The reference as it will still be right from another directory. */
function lasting({ reference, place }: Session): string {
  return 'path' in place ? formatLocation({ ...place, path: resolve(place.path) }) : reference
}
