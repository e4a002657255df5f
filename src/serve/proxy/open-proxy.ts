import { resolve } from 'node:path'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseReference } from '../../image/reference.ts'
import type { Asking } from '../../session/asking.ts'
import { blobCacheDirectory } from '../../worker/changeset-cache.ts'
import type { ServedPlaces } from '../open-places.ts'
import type { ServedRequest } from '../registry-server.ts'
import { ProxyRepositories } from './proxy-repositories.ts'
import { type ProxyCounts, Upstream } from './upstream.ts'

export type ProxyOptions = {
  /** A registry: `docker.io`, `registry.example:5000`. */
  readonly host: string
  /** Where blobs are kept; the cache of registries' blobs where undefined. */
  readonly directory: string | undefined
  /** Bytes of blobs that are kept. */
  readonly limit: number | undefined
}

/** A registry behind a cache; `note` is told each answered request, `counts` says what came from the cache. */
export type ProxyPlaces = ServedPlaces & { note(request: ServedRequest, now?: number): void; counts(): ProxyCounts }

const LIMIT = 4 * 1024 ** 3

/**
 * Opens a registry behind a cache, and the places of this machine before it.
 * @throws ImageError `REFERENCE_INVALID` for what is no registry, `DESTINATION_INVALID` where the cache directory is not peel's
 */
export function openProxy({ host, directory, limit = LIMIT }: ProxyOptions, asking: Asking, local?: ServedPlaces): ProxyPlaces {
  const { domain } = parseReference(`${host}/name`)
  if (domain !== host) {
    const why = 'it is not the host of a registry'
    throw new ImageError(
      'REFERENCE_INVALID',
      { action: `be a proxy of "${escapeText(host)}"`, why },
      { hint: 'Write docker.io, or HOST:PORT.' },
    )
  }
  const cacheDirectory = directory === undefined ? blobCacheDirectory() : resolve(directory)
  if (cacheDirectory === undefined)
    throw new ImageError('DESTINATION_INVALID', 'Cannot be a proxy: the cache directory is not peel’s to write to', {
      hint: 'Name another with --proxy-cache DIRECTORY.',
    })
  const repositories = new ProxyRepositories(new Upstream({ host, cacheDirectory, limit }, asking), local?.repositories)
  const close = async () => {
    await repositories.close()
    await local?.close()
  }
  return {
    repositories,
    diagnostics: local?.diagnostics ?? [],
    note: (request, now = Date.now()) => repositories.note(request, now),
    counts: () => repositories.counts,
    close,
    [Symbol.asyncDispose]: close,
  }
}
