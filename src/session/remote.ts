import { existsSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Digest } from '../blob/digest.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import { type Destination, isBareName, type Location } from '../image/location.ts'
import { type Platform, parsePlatform } from '../image/platform.ts'
import { familiarReference, formatReference } from '../image/reference.ts'
import type { RegistryOptions } from '../transport/http/registry-options.ts'
import type { RemoteLocation } from '../transport/open.ts'
import { checkPolicy } from '../transport/settings/signature-policy.ts'
import { openSink } from '../transport/sink.ts'
import { blobCacheDirectory } from '../worker/changeset-cache.ts'
import type { SourceOptions } from './asking.ts'
import type { Place } from './place.ts'

/** Opens what does not lie on this machine; the code that talks to networks is loaded only here. */
export async function openRemote(location: RemoteLocation, options: SourceOptions, signal: AbortSignal): Promise<BlobSource> {
  const engine = { signal, ...onlyPlatform(options) }
  if (location.transport === 'docker-daemon') {
    const { openEngineImage } = await import('../transport/engine/engine-source.ts')
    return openEngineImage(location.name, engine)
  }
  let late: ((source: BlobSource) => BlobSource) | undefined
  if (isBareName(location)) {
    const { ENGINE_PATIENCE, openEngineImageIfThere } = await import('../transport/engine/engine-source.ts')
    const { withSlowEngine } = await import('../transport/engine/slow-engine.ts')
    const name = familiarReference(location.reference)
    const onSlow = () => {
      late = source => withSlowEngine(source, name, ENGINE_PATIENCE)
    }
    const local = await openEngineImageIfThere(location.reference, { ...engine, onSlow })
    if (local !== undefined) return local
  }
  const { openImageByName } = await import('../transport/remote.ts')
  const source = await openImageByName(location.reference, {
    ...registryOptions(options),
    ...(options.spareConnections !== undefined && { spareConnections: options.spareConnections }),
    ...(options.connecting !== undefined && { connecting: options.connecting }),
    cacheDirectory: options.cache ? blobCacheDirectory() : undefined,
    keepBlobs: options.keepBlobs ?? true,
  })
  return late?.(source) ?? source
}

export type DestinationOptions = {
  readonly force: boolean
  /** Where the image comes from: a registry need not be sent what it has in another repository. */
  readonly from: Location | { readonly transport: 'demo' }
  /** The digest of what will be written, where it is known before: a name that has it already is no hindrance. */
  readonly expected?: Digest
  /** The written manifest refers to something that is there: a layout takes it without a name. */
  readonly attaches?: boolean
}

/** `squash` takes several, which an engine's archive of one cannot have. @throws ImageError `PLATFORM_INVALID` */
function onlyPlatform({ platform }: SourceOptions): { readonly platform?: Platform } {
  return platform === undefined || platform.includes(',') ? {} : { platform: parsePlatform(platform) }
}

/** Opens the place an image is written to. @throws ImageError those of `openSink` */
export async function openDestination(
  options: Omit<SourceOptions, 'cache'>,
  destination: Destination,
  { force, from, expected, attaches = false }: DestinationOptions,
): Promise<BlobSink> {
  if (from.transport !== 'demo') await checkSourcePolicy(from)
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
      const { openDestinationByName } = await import('../transport/remote.ts')
      const source = from.transport === 'docker' ? from.reference : undefined
      return openDestinationByName(location.reference, { ...registryOptions(options), force, from: source, expected })
    },
  })
}

/** The same for a place that is opened, as far as `becomes` says. @throws ImageError `POLICY_REJECTED` */
export async function checkPlacePolicy(place: Place, becomes: SourceOptions['becomes']): Promise<void> {
  if (becomes === undefined || place.transport === 'demo') return
  if (becomes === 'image' || place.transport === 'docker') await checkSourcePolicy(place)
}

/** The host's signature policy, for what is copied or made anew: reading alone takes nothing in. @throws ImageError `POLICY_REJECTED` */
async function checkSourcePolicy(from: Location): Promise<void> {
  if (from.transport === 'docker') return checkPolicy('docker', formatReference(from.reference))
  if (from.transport === 'docker-daemon') return checkPolicy('docker-daemon', from.name)
  if (from.transport === 'standard-stream') return checkPolicy('docker-archive', '')
  // Scopes are paths without links, as in containers/image: a link to a directory that the policy names is no way round it.
  const path = await realpath(from.path).catch(() => resolve(from.path))
  for (const transport of from.transport === 'path' ? await transportsOf(path) : [from.transport])
    await checkPolicy(transport, path)
}

/** The transports that a place may be of which was named by its path alone: each may be what the policy speaks of. */
async function transportsOf(path: string): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory() !== true) return ['oci-archive', 'docker-archive']
  return existsSync(join(path, 'index.json')) ? ['oci'] : ['oci', 'dir']
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
