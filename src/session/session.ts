import { existsSync } from 'node:fs'
import type { Descriptor } from '../blob/descriptor.ts'
import { isFilesystemLayer } from '../blob/media-type.ts'
import type { BlobSource, Range } from '../blob/source.ts'
import {
  chooseAny,
  chooseImage,
  type ImageWish,
  type ListedArtifact,
  type ListedImage,
  withOtherPlatforms,
} from '../image/choose.ts'
import { type ImageListing, listImages } from '../image/list.ts'
import { type Image, loadAny, loadImage } from '../image/load.ts'
import { parseLocation, type Selector, shadowedHost } from '../image/location.ts'
import { hostPlatform, type Platform, parsePlatform } from '../image/platform.ts'
import type { KnownLayer, LayerReading } from '../layer/reading.ts'
import { openSource } from '../transport/open.ts'
import { readKnownContent, readKnownContents } from '../worker/known-content.ts'
import { type ListLayerOptions, listLayer } from '../worker/layer-listing.ts'
import type { LayerPool, ReadLayerOptions, ScannedLayer } from '../worker/pool.ts'
import type { FileContent } from '../worker/read-files.ts'
import { FilesystemLayers } from './artifact/filesystem-layers.ts'
import type { SourceOptions } from './asking.ts'
import { DEMO, demoSource } from './demo-image.ts'
import { createLayerThreads, type LayerThreads } from './layer-threads.ts'
import type { Place } from './place.ts'
import { findReferrers } from './referrers.ts'
import { checkPlacePolicy, openRemote } from './remote.ts'
import { SociLookup, type SociPlace } from './soci-lookup.ts'

/**
 * A place that was opened and what it lists. Documents only: no layer has been read. The one thing that commands and the
 * interface build on, and the one file where places, documents and layers meet.
 */
export type Session = {
  /** As it was asked for. */
  readonly reference: string
  readonly place: Place
  readonly source: BlobSource
  readonly listing: ImageListing
  /** Which part of the listing the reference names. */
  readonly selector: Selector
  /** The image that is meant, or that another selector means in the same place. @throws ImageError as `chooseImage` */
  choose(platform?: Platform, meant?: Selector): ListedImage
  /** The same, or the artifact that is meant where there is no image. @throws ImageError as `chooseAny` */
  chooseAny(platform?: Platform, meant?: Selector): ListedImage | ListedArtifact
  load(node: ListedImage, signal?: AbortSignal): Promise<Image>
  /** The same for an artifact too, whose blobs then stand for layers. @throws ImageError as `loadAny` */
  loadAny(node: ListedImage | ListedArtifact, signal?: AbortSignal): Promise<Image>
  /** One layer's blob, read in a worker thread or taken from the cache. Any number at once; `priority` says which first. @throws ImageError */
  readLayer(blob: Descriptor, options?: ReadLayerOptions): Promise<LayerReading>
  /** The same with what looking into its files found (`LayerPool.scanLayer`). @throws ImageError */
  scanLayer(blob: Descriptor, options?: ReadLayerOptions): Promise<ScannedLayer>
  /** Reads or lists a layer's files, by its table of contents where that will do (`listLayer`). @throws ImageError */
  listLayer(blob: Descriptor, options?: ListLayerOptions): Promise<KnownLayer>
  /** The zTOC that a SOCI index of a loaded image has of a layer, which is a document to fetch; undefined where there is none. */
  ztocOf(blob: Descriptor, signal?: AbortSignal): Promise<Descriptor | undefined>
  /** The threads that layers are read in, for what needs more than a reading. */
  readonly pool: LayerPool
  /** Bytes of one file by random access, from the layer's entry that carries them. @throws ImageError */
  readContent(blob: Descriptor, layer: KnownLayer, entry: number, range?: Range, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** The same for many files of one layer, in one pass and in the order they lie there. @throws ImageError */
  readFilesInOnePass(
    blob: Descriptor,
    layer: KnownLayer,
    entries: readonly number[],
    signal?: AbortSignal,
  ): AsyncIterable<FileContent>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type SessionOptions = SourceOptions & {
  /** Threads to read layers in, shared with other sessions and closed by their owner; the session's own where left out. */
  readonly threads?: LayerThreads
}

/** @throws ImageError `LOCATION_INVALID`, `REFERENCE_INVALID`, those of the transports */
export async function openSession(reference: string, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const place: Place = reference === DEMO ? { transport: 'demo' } : parseLocation(reference, existsSync)
  const shadowed = place.transport === 'demo' ? undefined : shadowedHost(reference, place)
  if (shadowed !== undefined) options.notice?.(shadowed)
  await checkPlacePolicy(place, options.becomes)
  const source = await openPlace(place, options, signal)
  try {
    const listing = await listImages(source, { signal, fetch: place.transport === 'docker' ? 'few' : 'all' })
    const selector = 'selector' in place ? place.selector : {}
    const { pool, cache } = options.threads ?? createLayerThreads(options)
    const images: Image[] = []
    const ztocOf = ztocFinder(place, { source, listing, images }, options)
    const access = { pool, source, cache, ztocOf }
    let made: FilesystemLayers | undefined
    const filesystems = () => {
      made ??= new FilesystemLayers(source)
      return made
    }
    const close = async () => {
      await made?.close()
      if (options.threads === undefined) await pool.close()
      await source.close()
    }
    return {
      reference,
      place,
      source,
      listing,
      selector,
      choose: (platform, meant = selector) => chooseImage(listing, choice(meant, platform)),
      chooseAny: (platform, meant = selector) => chooseAny(listing, choice(meant, platform)),
      load: async (node, loadSignal) => loaded({ listing, images }, node, loadImage(source, node.descriptor, loadSignal)),
      loadAny: async (node, loadSignal) => loaded({ listing, images }, node, loadAny(source, node.descriptor, loadSignal)),
      readLayer: async (blob, readOptions) =>
        isFilesystemLayer(blob.mediaType) ? filesystems().read(blob, readOptions) : pool.readLayer(source, blob, readOptions),
      scanLayer: async (blob, readOptions) =>
        isFilesystemLayer(blob.mediaType) ? filesystems().scan(blob, readOptions) : pool.scanLayer(source, blob, readOptions),
      listLayer: async (blob, readOptions) =>
        isFilesystemLayer(blob.mediaType) ? filesystems().list(blob, readOptions) : listLayer(access, blob, readOptions),
      ztocOf,
      pool,
      readContent: (blob, layer, entry, range, readSignal) =>
        isFilesystemLayer(blob.mediaType)
          ? filesystems().content(blob, entry, range, readSignal)
          : readKnownContent(access, blob, layer, entry, range, readSignal),
      readFilesInOnePass: (blob, layer, entries, readSignal) =>
        isFilesystemLayer(blob.mediaType)
          ? filesystems().contents(blob, entries, readSignal)
          : readKnownContents(access, blob, layer, entries, readSignal),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * An image that is on its way, which becomes one of `images`; where its manifest is not there, the error names the platforms that the
 * listing has besides.
 */
async function loaded(
  { listing, images }: { readonly listing: ImageListing; readonly images: Image[] },
  node: ListedImage | ListedArtifact,
  coming: Promise<Image>,
): Promise<Image> {
  try {
    const image = await coming
    images.push(image)
    return image
  } catch (error) {
    throw withOtherPlatforms(error, listing, node)
  }
}

/** The platform as typed, parsed. @throws ImageError `PLATFORM_INVALID` */
export function wantedPlatform(platform: string | undefined): Platform | undefined {
  return platform === undefined ? undefined : parsePlatform(platform)
}

function choice(selector: Selector, platform: Platform | undefined): ImageWish {
  // The variable is docker's; the command line goes before it.
  const preferred = process.env['DOCKER_DEFAULT_PLATFORM'] || undefined
  return { selector, host: wantedPlatform(preferred) ?? hostPlatform(process.arch), ...(platform !== undefined && { platform }) }
}

/** Looks for SOCI indexes, which only registries have, once the first layer is asked for. */
function ztocFinder(place: Place, opened: Omit<SociPlace, 'referrers'>, options: SessionOptions): Session['ztocOf'] {
  if (place.transport !== 'docker') return async () => undefined
  let lookup: SociLookup | undefined
  return async (blob, signal) => {
    lookup ??= new SociLookup({
      ...opened,
      referrers: async (subject, artifactType, asked) =>
        (await opened.source.referrers?.(subject, artifactType, asked)) ??
        (await findReferrers(place, subject, options, asked, artifactType)).map(({ descriptor }) => descriptor),
    })
    return await lookup.ztocOf(blob, signal)
  }
}

async function openPlace(place: Place, options: SessionOptions, signal: AbortSignal): Promise<BlobSource> {
  if (place.transport === 'demo') return demoSource()
  return await openSource(place, {
    // Asked for where it is read: the stream makes Node load much that is not used otherwise.
    get input() {
      return process.stdin
    },
    signal,
    remote: location => openRemote(location, options, signal),
  })
}
