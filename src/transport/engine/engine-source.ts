import type { BlobSource } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { familiarReference, type Reference } from '../../image/reference.ts'
import type { Environment } from '../http/registry-options.ts'
import { openSource } from '../open.ts'
import { EngineClient, engineMessage } from './engine-client.ts'
import { askForImage, hasTag } from './engine-image.ts'

export type EngineImageOptions = {
  readonly environment?: Environment
  readonly signal?: AbortSignal
  /** Told how many bytes have come. */
  readonly onProgress?: (bytes: number) => void
}

/**
 * An image of a container engine. The engine gives it as one archive, which is spooled: it cannot be read in part.
 * @throws ImageError `ENGINE_UNREACHABLE`, `IMAGE_NOT_FOUND`, `NO_SPACE` and those of archives
 */
export async function openEngineImage(
  name: string,
  { environment, signal, onProgress }: EngineImageOptions = {},
): Promise<BlobSource> {
  await using client = await EngineClient.connect(environment, signal)
  const answer = await askForImage(client, name, 'get', signal)
  if (answer.status !== 200) {
    throw new ImageError('IMAGE_NOT_FOUND', `Cannot open docker-daemon:${escapeText(name)}: ${await engineMessage(answer)}`, {
      hint: `The engine at ${client.address.shown} was asked; DOCKER_HOST names another one.`,
    })
  }
  const source = await openSource(
    { transport: 'standard-stream' },
    { input: answer.body, ...(signal !== undefined && { signal }), ...(onProgress !== undefined && { onSpool: onProgress }) },
  )
  return renamed(source, `docker-daemon:${escapeText(name)}`)
}

/** Milliseconds an engine has to say that it has an image: it is asked before a registry, and must not be felt. */
const PATIENCE = 200

/** An image of the local engine, where one answers at once and has exactly that name; undefined else, whatever the reason. */
export async function openEngineImageIfThere(
  reference: Reference,
  { environment, signal }: EngineImageOptions = {},
): Promise<BlobSource | undefined> {
  if (reference.tag === undefined || reference.digest !== undefined) return undefined
  const timeout = AbortSignal.timeout(PATIENCE)
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    await using client = await EngineClient.connect(environment, until, false)
    if (!(await hasTag(client, reference, until))) return undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
  return openEngineImage(familiarReference(reference), {
    ...(environment !== undefined && { environment }),
    ...(signal !== undefined && { signal }),
  })
}

function renamed(source: BlobSource, name: string): BlobSource {
  return {
    name,
    get diagnostics() {
      return source.diagnostics ?? []
    },
    get documents() {
      return source.documents ?? []
    },
    roots: signal => source.roots(signal),
    fetchUnverified: (blob, range, signal) => source.fetchUnverified(blob, range, signal),
    locate: blob => source.locate(blob),
    close: () => source.close(),
  }
}
