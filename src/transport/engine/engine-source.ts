import type { BlobSource } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Platform } from '../../image/platform.ts'
import { familiarReference, type Reference } from '../../image/reference.ts'
import type { Environment } from '../http/registry-options.ts'
import { openSource } from '../open.ts'
import { sourceAs } from '../source-as.ts'
import { attestedStatements, withAttestations } from './engine-attestations.ts'
import { EngineClient, engineMessage } from './engine-client.ts'
import { askForImage, hasTag } from './engine-image.ts'
import { saveOfPlatform } from './engine-platform.ts'

export type EngineImageOptions = {
  readonly environment?: Environment
  readonly signal?: AbortSignal
  /** The one platform that is wanted: where the engine can, the others are not asked for. */
  readonly platform?: Platform
  /** Told how many bytes have come. */
  readonly onProgress?: (bytes: number) => void
}

/**
 * An image of a container engine. The engine gives it as one archive, which is spooled: it cannot be read in part, but for one platform of
 * several where the engine knows how.
 * @throws ImageError `ENGINE_UNREACHABLE`, `IMAGE_NOT_FOUND`, `NO_SPACE` and those of archives
 */
export async function openEngineImage(
  name: string,
  { environment, signal, onProgress, platform }: EngineImageOptions = {},
): Promise<BlobSource> {
  await using client = await EngineClient.connect(environment, signal)
  const part = platform && (await saveOfPlatform(client, name, platform, signal))
  const answer = part ?? (await askForImage(client, name, 'get', signal))
  if (answer.status !== 200) {
    throw new ImageError('IMAGE_NOT_FOUND', `Cannot open docker-daemon:${escapeText(name)}: ${await engineMessage(answer)}`, {
      hint: `The engine at ${client.address.shown} was asked; DOCKER_HOST names another one.`,
    })
  }
  const source = await openSource(
    { transport: 'standard-stream' },
    { input: answer.body, ...(signal !== undefined && { signal }), ...(onProgress !== undefined && { onSpool: onProgress }) },
  )
  const named = sourceAs(source, `docker-daemon:${escapeText(name)}`)
  if (platform === undefined || part === undefined) return named
  try {
    return await withAttestations(named, () => attestedStatements(client, name, platform, signal))
  } catch (error) {
    await source.close()
    throw error
  }
}

/** Milliseconds an engine has to say that it has an image: it is asked before a registry, and must not be felt. */
export const ENGINE_PATIENCE = 200

/** An image of the local engine, where one answers at once and has exactly that name; undefined else, `onSlow` told where it did not answer. */
export async function openEngineImageIfThere(
  reference: Reference,
  { environment, signal, platform, onSlow }: EngineImageOptions & { readonly onSlow?: () => void } = {},
): Promise<BlobSource | undefined> {
  if (reference.tag === undefined || reference.digest !== undefined) return undefined
  const timeout = AbortSignal.timeout(ENGINE_PATIENCE)
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    await using client = await EngineClient.connect(environment, until, false)
    if (!(await hasTag(client, reference, until))) return undefined
  } catch {
    signal?.throwIfAborted()
    if (timeout.aborted) onSlow?.()
    return undefined
  }
  return openEngineImage(familiarReference(reference), {
    ...(environment !== undefined && { environment }),
    ...(signal !== undefined && { signal }),
    ...(platform !== undefined && { platform }),
  })
}
