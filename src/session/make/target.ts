import { existsSync } from 'node:fs'
import type { BlobSink, BlobSource } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { type Destination, parseDestination } from '../../image/location.ts'
import { type PublishOptions, publish } from '../../rebuild/publish.ts'
import type { Rebuilt } from '../../rebuild/rebuild-alone.ts'
import type { Asking } from '../asking.ts'
import { type DestinationOptions, openDestination } from '../remote.ts'
import { type Held, heldAt } from '../write/already-there.ts'

/** Where an image that is made goes. */
export type Target = {
  readonly destination: Destination
  /** Undefined where its name is taken: then only the very same image is right. */
  readonly sink: BlobSink | undefined
  readonly refusal: ImageError | undefined
  readonly held: Held | undefined
}

/** Opens DEST as it was typed; a name that is taken is looked at. @throws ImageError those of `openDestination` */
export async function openTarget(asking: Asking, typed: string, options: DestinationOptions): Promise<Target> {
  const destination = parseDestination(typed, existsSync)
  try {
    return { destination, sink: await openDestination(asking, destination, options), refusal: undefined, held: undefined }
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'DESTINATION_EXISTS') throw thrown
    const held = await heldAt(asking, destination)
    if (held.digests.size === 0) throw thrown
    return { destination, sink: undefined, refusal: thrown, held }
  }
}

/**
 * Writes what was made, or finds that the target has that very image already.
 * @throws ImageError `DESTINATION_EXISTS` where it has another one, those of `publish`
 */
export async function writeTo(
  target: Target,
  made: Pick<Rebuilt, 'outputs' | 'root'>,
  source: BlobSource,
  options: PublishOptions,
): Promise<readonly Diagnostic[]> {
  const { destination, sink, refusal, held } = target
  if (sink !== undefined) {
    const name = 'selector' in destination ? destination.selector.name : undefined
    return await publish(made, source, sink, name, options)
  }
  if (refusal !== undefined && held?.digests.has(made.root.digest) !== true) throw refusal
  return []
}
