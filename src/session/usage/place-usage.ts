import { existsSync, statSync } from 'node:fs'
import type { Descriptor } from '../../blob/descriptor.ts'
import type { BlobSource, Root } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type Location, parseLocation } from '../../image/location.ts'
import { type BlobLinks, bytesOfBlobs, exclusiveSizes, freedBy, reachOf } from '../../space/blob-reach.ts'
import { openSource } from '../../transport/open.ts'
import type { Asking } from '../asking.ts'
import { type BlobGraph, linksOf, readBlobGraph } from '../blob-graph.ts'
import { openRemote, registryOptions } from '../remote.ts'
import { createdTime } from './created-time.ts'
import type { DeletedGraph } from './deletion-order.ts'
import { layoutBlobs } from './layout-blobs.ts'
import { fallbackPairs, properRoots } from './proper-roots.ts'
import { type DatedTag, selectTags, type TagSelection } from './select-tags.ts'

/** A tag, or where they were asked for an image without one, and its bytes: all that it leads to, and those that no other tag leads to. */
export type TagUsage = DatedTag & { readonly digest: string; readonly bytes: number; readonly exclusive: number }

export type PlaceUsage = {
  /** Bytes and number of all blobs, each once; in a layout with those that nothing leads to. */
  readonly bytes: number
  readonly blobs: number
  readonly tags: readonly TagUsage[]
  /** Listed images without a tag, where they are not among `tags`. */
  readonly untagged: number
  readonly selected: {
    readonly tags: readonly TagUsage[]
    /** Blobs that go when the selected tags go, and nothing else does. */
    readonly blobs: readonly string[]
    readonly freed: number
    /** Sum over the selected of what each has alone: at most `freed`, for what they share goes too. */
    readonly exclusiveSum: number
  }
  /** Blobs of a layout that nothing leads to; undefined where that cannot be seen from outside, as in a registry. */
  readonly unreachable: { readonly blobs: readonly string[]; readonly bytes: number } | undefined
  /** Documents that are there and cannot be read: the blobs that they name are not known. */
  readonly damaged: readonly ImageError[]
  readonly diagnostics: readonly Diagnostic[]
  /** The descriptors that the place lists at its top, and all documents below them. */
  readonly listed: readonly Root[]
  readonly graph: DeletedGraph
  readonly links: BlobLinks
}

export type UsageOptions = {
  /** Milliseconds since 1970. */
  readonly now?: number
  /** Asks a registry for what refers to each document that would go: a request each, and what no tag names is counted too. */
  readonly referrers?: boolean
}

/**
 * The contents of a layout, an archive or a repository of a registry by tag, and the bytes that deleting a selection frees. Documents are read,
 * layers are not.
 * @throws ImageError `USAGE_PLACE_INVALID` for a place with a tag or a digest, and for untagged images of a registry; those of the transports
 */
export async function placeUsage(
  asking: Asking,
  typed: string,
  selection: TagSelection,
  { now = Date.now(), referrers = false }: UsageOptions = {},
): Promise<PlaceUsage> {
  const place = parseLocation(typed, existsSync)
  if ('selector' in place && Object.keys(place.selector).length > 0) throw notWhole(typed)
  if (place.transport === 'docker' && selection.untagged === true) throw notListed(typed)
  const source = await openWhole(place, asking)
  try {
    const list = referrers ? source.referrersOf?.bind(source) : undefined
    return await usageOf({ source, directory: layoutDirectory(place), selection, now, signal: asking.signal, referrers: list })
  } finally {
    await source.close()
  }
}

/** The directory of a place that is a layout; undefined for any other. */
export function layoutDirectory(place: Location): string | undefined {
  if (place.transport !== 'oci' && place.transport !== 'path') return undefined
  return statSync(place.path, { throwIfNoEntry: false })?.isDirectory() === true ? place.path : undefined
}

async function openWhole(place: Location, asking: Asking): Promise<WholeSource> {
  const { signal } = asking
  if (place.transport !== 'docker')
    return openSource(place, { input: process.stdin, signal, remote: location => openRemote(location, asking, signal) })
  const { RepositorySource } = await import('../../transport/registry/repository-source.ts')
  const { listedPlace } = await import('../../transport/remote.ts')
  return new RepositorySource(...(await listedPlace(place.reference, registryOptions(asking))))
}

type Measured = {
  readonly source: BlobSource
  readonly directory: string | undefined
  readonly selection: TagSelection
  readonly now: number
  readonly signal: AbortSignal
  readonly referrers: ListReferrers | undefined
}

/** The referrers of a digest in a registry, where it lists them. */
type ListReferrers = (digest: string, signal: AbortSignal) => Promise<readonly Descriptor[]>

type WholeSource = BlobSource & { readonly referrersOf?: ListReferrers }

/**
 * Counts what is listed and, where `referrers` tells of untagged ones, what refers to documents that go: it goes with them, and what refers
 * to that in turn.
 */
async function usageOf(measured: Measured): Promise<PlaceUsage> {
  const { source, referrers, signal } = measured
  const asked = new Set<string>()
  let listed = await source.roots(signal)
  for (;;) {
    const usage = await countListed(measured, listed)
    const known = usage.graph.documents
    const added: Descriptor[] = []
    for (const digest of usage.selected.blobs) {
      if (referrers === undefined || asked.has(digest) || !known.has(digest)) continue
      asked.add(digest)
      added.push(...(await referrers(digest, signal)).filter(each => !known.has(each.digest)))
    }
    if (added.length === 0) return usage
    listed = [...listed, ...added]
  }
}

async function countListed(
  { source, directory, selection, now, signal }: Measured,
  listed: readonly Root[],
): Promise<PlaceUsage> {
  const graph = await readBlobGraph(source, listed, signal)
  const onDisk = directory === undefined ? undefined : await layoutBlobs(directory)
  const hung = fallbackPairs(listed)
  const links = await presentLinks(source, linksOf(graph, listed, hung), onDisk)
  const { tagged, others, untagged } = properRoots({ listed, graph, links, untagged: selection.untagged ?? false })
  const dates = source.local === true || selection.olderThan !== undefined || selection.keepLast !== undefined
  const exclusive = exclusiveSizes(links, [...tagged.map(({ root }) => root.digest), ...others])
  const times = dates ? await createdTimes({ source, graph, signal }, tagged) : new Map<string, number | undefined>()
  const tags: TagUsage[] = tagged.map(({ name, root, isUntagged }, position) => ({
    name,
    isUntagged,
    digest: root.digest,
    created: times.get(root.digest),
    bytes: bytesOfBlobs(links, reachOf(links, [root.digest])),
    exclusive: exclusive[position] ?? 0,
  }))
  const chosen = new Set(selectTags(tags, selection, now))
  const kept = [...tags.filter(tag => !chosen.has(tag)).map(({ digest }) => digest), ...others]
  const gone = freedBy(
    links,
    [...chosen].map(({ digest }) => digest),
    kept,
  )
  const all = reachOf(links, [...tags.map(({ digest }) => digest), ...others])
  const lost = onDisk === undefined ? undefined : [...onDisk].filter(([digest]) => !all.has(digest))
  const lostBytes = (lost ?? []).reduce((sum, [, size]) => sum + size, 0)
  const present = [...all].filter(digest => (links.get(digest)?.size ?? 0) > 0 || onDisk?.has(digest) === true)
  return {
    bytes: bytesOfBlobs(links, all) + lostBytes,
    blobs: present.length + (lost?.length ?? 0),
    tags,
    untagged,
    selected: {
      tags: [...chosen],
      blobs: [...gone],
      freed: bytesOfBlobs(links, gone),
      exclusiveSum: [...chosen].reduce((sum, tag) => sum + tag.exclusive, 0),
    },
    unreachable: lost && { blobs: lost.map(([digest]) => digest), bytes: lostBytes },
    damaged: [...graph.unreadable.values()].filter(({ code }) => code !== 'BLOB_MISSING'),
    diagnostics: source.diagnostics ?? [],
    listed,
    graph: { documents: graph.documents, hung },
    links,
  }
}

/** Configs that are asked for at once. */
const AT_ONCE = 8

type Dated = { readonly source: BlobSource; readonly graph: BlobGraph; readonly signal: AbortSignal }

/** When each root was made, by its digest; a root with several names is asked for once. */
async function createdTimes(
  { source, graph, signal }: Dated,
  tagged: readonly { readonly root: Root }[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const times = new Map<string, number | undefined>()
  const waiting = [...new Map(tagged.map(({ root }) => [root.digest, root])).values()].reverse()
  const work = async () => {
    for (let root = waiting.pop(); root !== undefined; root = waiting.pop())
      times.set(root.digest, await createdTime(source, graph, root, signal))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return times
}

/** Sizes by what is there: a blob that an index names and the place does not have frees nothing. */
async function presentLinks(
  source: BlobSource,
  links: BlobLinks,
  onDisk: ReadonlyMap<string, number> | undefined,
): Promise<BlobLinks> {
  if (source.local !== true) return links
  const present = new Map<string, { readonly size: number; readonly leadsTo: readonly string[] }>()
  for (const [digest, blob] of links) {
    const size = onDisk === undefined ? await sizeInArchive(source, digest, blob.size) : (onDisk.get(digest) ?? 0)
    present.set(digest, { size, leadsTo: blob.leadsTo })
  }
  return present
}

async function sizeInArchive(source: BlobSource, digest: string, size: number): Promise<number> {
  const found = await source.locate({ mediaType: '', digest: digest as Root['digest'], size })
  return found?.size ?? 0
}

function notListed(typed: string): ImageError {
  return new ImageError(
    'USAGE_PLACE_INVALID',
    { action: `find untagged images in ${escapeText(typed)}`, why: 'a registry lists tags only' },
    { hint: 'Its own garbage collection finds them: registry garbage-collect --delete-untagged, or its console.' },
  )
}

function notWhole(typed: string): ImageError {
  return new ImageError(
    'USAGE_PLACE_INVALID',
    { action: `count what ${escapeText(typed)} holds`, why: 'it names one image, not the place' },
    { hint: 'Name the layout, the archive or the repository alone.' },
  )
}
