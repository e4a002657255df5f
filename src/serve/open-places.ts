import { existsSync } from 'node:fs'
import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { DOCKER_MANIFEST } from '../blob/media-type.ts'
import { embeddedData, readDocument } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { selectNodes } from '../image/choose.ts'
import { allNodes } from '../image/list.ts'
import { parseLocation } from '../image/location.ts'
import type { Asking } from '../session/asking.ts'
import { type BlobGraph, type GraphDocument, linksOf, readBlobGraph } from '../session/blob-graph.ts'
import { DEMO } from '../session/demo-image.ts'
import { openSession, type Session } from '../session/session.ts'
import { type BlobLinks, reachOf } from '../space/blob-reach.ts'
import { findLayouts } from './find-layouts.ts'
import { ociManifestOf } from './made-manifest.ts'
import { homeOf, repositoryName, servedName } from './served-name.ts'
import {
  type Repositories,
  referrerDescriptor,
  type ServedBlob,
  type ServedDocument,
  type ServedRepository,
} from './served-repository.ts'

/** Everything that is served; `close`, with which `await using` ends, releases the files of packed archives. */
export type ServedPlaces = {
  readonly repositories: Repositories
  readonly diagnostics: readonly Diagnostic[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens layouts, archives, single images of them (`PATH:TAG`) and directories of layouts, and names what they hold. Documents are
 * read, verified; no layer is.
 * @throws ImageError `SERVE_NOT_LOCAL` for a place that does not lie on this machine, `NO_IMAGES`, and those of `openSession`
 */
export async function openPlaces(references: readonly string[], asking: Asking, name?: string): Promise<ServedPlaces> {
  const repositories = new Map<string, Repository>()
  const diagnostics: Diagnostic[] = []
  const sessions: Session[] = []
  const close = async () => {
    await Promise.all(sessions.map(session => session.close()))
  }
  try {
    for (const { reference, home } of await expand(references, name)) {
      const session = await openSession(reference, { ...asking, cache: false }, asking.signal)
      sessions.push(session)
      if (session.source.local !== true) throw notLocal(reference)
      const place = await readPlace(session, asking.signal)
      diagnostics.push(...session.listing.diagnostics, ...place.diagnostics)
      for (const root of place.roots) enter(repositories, place, root, home, diagnostics)
    }
    if (repositories.size === 0) throw new ImageError('NO_IMAGES', 'Cannot serve: there is no image in these places')
    return {
      repositories: { names: async () => [...repositories.keys()], find: async each => repositories.get(each) },
      diagnostics,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

type Named = { readonly reference: string; readonly home: string }

/** Each reference with the repository for its tags; a directory of layouts becomes one reference a layout. */
async function expand(references: readonly string[], name: string | undefined): Promise<readonly Named[]> {
  const named: Named[] = []
  for (const reference of references) {
    // The demo is made in memory.
    if (reference === DEMO) throw notLocal(reference)
    const location = parseLocation(reference, existsSync)
    if (!('path' in location)) throw notLocal(reference)
    const found = location.transport === 'path' ? await findLayouts(location.path) : undefined
    if (found === undefined) named.push({ reference, home: repositoryName(name ?? homeOf(location.path)) })
    else for (const { path, below } of found) named.push({ reference: `oci:${path}`, home: repositoryName(below) })
  }
  return named
}

type PlaceRoot = { readonly digest: string; readonly names: readonly string[] }

type OpenedPlace = {
  readonly source: BlobSource
  readonly roots: readonly PlaceRoot[]
  readonly documents: ReadonlyMap<string, GraphDocument>
  readonly links: BlobLinks
  /** Bytes of manifests that were made here. */
  readonly made: ReadonlyMap<string, Uint8Array>
  readonly diagnostics: readonly Diagnostic[]
}

async function readPlace({ source, listing, selector }: Session, signal: AbortSignal): Promise<OpenedPlace> {
  const all = await source.roots(signal)
  const graph = await readBlobGraph(source, all, signal)
  const { replaced, made } = await ociManifests(source, all, graph)
  const documents = new Map<string, GraphDocument>()
  for (const document of graph.documents.values()) {
    const now = replaced.get(document.descriptor.digest) ?? document
    documents.set(now.descriptor.digest, now)
  }
  const chosen = Object.keys(selector).length === 0 ? listing.nodes : selectNodes(listing, selector)
  const roots = new Map<string, Set<string>>()
  for (const node of allNodes(chosen)) {
    if (node.names.length === 0 && !chosen.includes(node)) continue
    const { digest } = replaced.get(node.descriptor.digest)?.descriptor ?? node.descriptor
    roots.set(digest, (roots.get(digest) ?? new Set()).union(new Set(node.names)))
  }
  return {
    source,
    roots: [...roots].filter(([digest]) => documents.has(digest)).map(([digest, names]) => ({ digest, names: [...names] })),
    documents,
    links: linksOf({ ...graph, documents }, []),
    made,
    diagnostics: [...graph.unreadable.values()].map(({ code, message }) => ({ code, message, severity: 'warning' as const })),
  }
}

/** Manifests that docker-archives do not have and that reading made, in OCI's media types. */
async function ociManifests(source: BlobSource, roots: readonly Descriptor[], graph: BlobGraph) {
  const replaced = new Map<string, GraphDocument>()
  const made = new Map<string, Uint8Array>()
  for (const root of roots) {
    const document = graph.documents.get(root.digest)
    if (document === undefined || root.mediaType !== DOCKER_MANIFEST || (await source.locate(root)) !== undefined) continue
    const manifest = ociManifestOf(document)
    if (manifest === undefined) continue
    replaced.set(root.digest, manifest.document)
    made.set(manifest.document.descriptor.digest, manifest.bytes)
  }
  return { replaced, made }
}

/** One repository as its places were at the start. */
class Repository implements ServedRepository {
  readonly name: string
  readonly named = new Map<string, string>()
  readonly #documents = new Map<string, ServedDocument>()
  readonly #blobs = new Map<string, { readonly source: BlobSource; readonly descriptor: Descriptor }>()
  readonly #referrers = new Map<string, Map<string, Descriptor>>()

  constructor(name: string) {
    this.name = name
  }

  async tags(): Promise<readonly string[]> {
    return [...this.named.keys()]
  }

  async manifest(reference: string): Promise<ServedDocument | undefined> {
    return this.#documents.get(this.named.get(reference) ?? reference)
  }

  async referrers(subject: string): Promise<readonly Descriptor[]> {
    return [...(this.#referrers.get(subject)?.values() ?? [])]
  }

  async someDigest(): Promise<Digest | undefined> {
    const [first] = this.#documents.values()
    return first?.descriptor.digest
  }

  /** Undefined for what no manifest of the repository names: other files of the same place are not given out. */
  async blob(digest: string): Promise<ServedBlob | undefined> {
    const known = this.#blobs.get(digest)
    if (known === undefined) return undefined
    const found = await known.source.locate(known.descriptor)
    if (found !== undefined) return { size: found.size, content: found }
    const embedded = embeddedData(known.descriptor)
    return embedded === undefined ? undefined : { size: embedded.byteLength, content: embedded }
  }

  add(place: OpenedPlace, digest: string): void {
    const document = place.documents.get(digest)
    if (document === undefined) return
    const { descriptor, subject, children } = document
    const bytes = place.made.get(digest)
    this.#documents.set(digest, {
      descriptor,
      bytes: async signal => bytes ?? (await readDocument(place.source, descriptor, signal)),
    })
    for (const child of children) if (!place.documents.has(child.digest)) this.#addBlob(place, child)
    if (subject === undefined) return
    const known = this.#referrers.get(subject.digest) ?? new Map<string, Descriptor>()
    known.set(digest, referrerDescriptor(document))
    this.#referrers.set(subject.digest, known)
  }

  #addBlob(place: OpenedPlace, descriptor: Descriptor): void {
    if (!this.#blobs.has(descriptor.digest)) this.#blobs.set(descriptor.digest, { source: place.source, descriptor })
  }
}

/** Puts a root, with all it leads to, into the repositories that its names mean. */
function enter(
  repositories: Map<string, Repository>,
  place: OpenedPlace,
  { digest, names }: PlaceRoot,
  home: string,
  diagnostics: Diagnostic[],
): void {
  const served = names.length === 0 ? [{ repository: home, tag: undefined }] : names.map(name => servedName(name, home))
  for (const { repository: name, tag } of served) {
    const repository = repositories.get(name) ?? new Repository(name)
    repositories.set(name, repository)
    for (const each of reachOf(place.links, [digest])) repository.add(place, each)
    if (tag === undefined) continue
    const taken = repository.named.get(tag)
    if (taken === undefined) repository.named.set(tag, digest)
    else if (taken !== digest) {
      const message = `${name}:${tag} names two images; the first is served, the other by its digest ${digest} only`
      diagnostics.push({ code: 'SERVE_NAME_TWICE', severity: 'warning', message })
    }
  }
}

function notLocal(reference: string): ImageError {
  return new ImageError(
    'SERVE_NOT_LOCAL',
    { action: `serve "${escapeText(reference)}"`, why: 'it does not lie on this machine' },
    { hint: 'Copy it first: peel copy REF oci:DIRECTORY:TAG; only layouts and archives are served.' },
  )
}
