import type { Digest } from '../blob/digest.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import type { Destination, Location } from '../image/location.ts'
import type { RegistryOptions } from '../transport/http/registry-options.ts'
import type { RemoteLocation } from '../transport/open.ts'
import { openSink } from '../transport/sink.ts'
import { blobCacheDirectory } from '../worker/changeset-cache.ts'
import type { SourceOptions } from './asking.ts'

/** Opens what does not lie on this machine; the code that talks to networks is loaded only here. */
export async function openRemote(location: RemoteLocation, options: SourceOptions, signal: AbortSignal): Promise<BlobSource> {
  if (location.transport === 'docker-daemon') {
    const { openEngineImage } = await import('../transport/engine/engine-source.ts')
    return openEngineImage(location.name, { signal })
  }
  const { openRegistryImage } = await import('../transport/remote.ts')
  return openRegistryImage(location.reference, {
    ...registryOptions(options),
    cacheDirectory: options.cache ? blobCacheDirectory() : undefined,
    keepBlobs: options.keepBlobs ?? true,
  })
}

export type DestinationOptions = {
  readonly force: boolean
  /** Where the image comes from: a registry need not be sent what it has in another repository. */
  readonly from: Location | { readonly transport: 'demo' }
  /** The digest of what will be written, where it is known before: a name that has it already is no hindrance. */
  readonly expected?: Digest
  /** What is written refers to something that is there: a layout takes it without a name. */
  readonly attaches?: boolean
}

/** Opens the place an image is written to. @throws ImageError those of `openSink` */
export async function openDestination(
  options: Omit<SourceOptions, 'cache'>,
  destination: Destination,
  { force, from, expected, attaches = false }: DestinationOptions,
): Promise<BlobSink> {
  return openSink(destination, {
    force,
    expected,
    attaches,
    source: 'path' in from ? from.path : undefined,
    output: process.stdout,
    remote: async location => {
      if (location.transport === 'docker-daemon') {
        const { openEngineSink } = await import('../transport/engine/engine-sink.ts')
        return openEngineSink(location.name, { force })
      }
      const { openRegistryDestination } = await import('../transport/remote.ts')
      const source = from.transport === 'docker' ? from.reference : undefined
      return openRegistryDestination(location.reference, { ...registryOptions(options), force, from: source, expected })
    },
  })
}

/** How registries are talked to, of the options for opening a place. */
export function registryOptions({
  insecure,
  authfile,
  cacert,
  timeout,
}: Pick<SourceOptions, 'insecure' | 'authfile' | 'cacert' | 'timeout'>): RegistryOptions {
  const milliseconds = (timeout ?? 0) * 1000
  return {
    insecure,
    ...(authfile !== undefined && { authFile: authfile }),
    ...(cacert !== undefined && { caFile: cacert }),
    ...(timeout !== undefined && { timeouts: { connect: milliseconds, headers: milliseconds, body: milliseconds } }),
  }
}
