import type { Descriptor } from '../../blob/descriptor.ts'
import { isIndexOrManifest } from '../../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { Destination } from '../../image/location.ts'
import type { Asking } from '../asking.ts'
import { type Copied, copyImage, parcelsOf } from '../copy-image.ts'
import { openDestination } from '../remote.ts'
import type { Session } from '../session.ts'
import { companionsOf, copyCompanions, leftBehind } from './copy-referrers.ts'

export type CopyRunOptions = {
  readonly force: boolean
  /** Signatures, SBOMs and attestations that name the image go along. */
  readonly referrers: boolean
  /** Blobs under digests that cannot be computed here are copied as well. */
  readonly allowUnverified?: boolean
}

/**
 * Copies what a session's root is to a place, byte for byte, every digest proven on the way; then what refers to it, or names what of
 * that stays.
 * @throws ImageError those of the source, the destination and, where referrers go along, of the registry
 */
export async function copyRun(
  asking: Asking,
  session: Session,
  root: Descriptor,
  destination: Destination,
  { force, referrers, allowUnverified = false }: CopyRunOptions,
): Promise<Copied> {
  const sink = await openDestination(asking, destination, { force, from: session.place, expected: root.digest })
  const progress = asking.progress('copying')
  try {
    const name = 'selector' in destination ? destination.selector.name : undefined
    const copied = await copyImage(session.source, root, sink, name, {
      onProgress: ({ done, total, arrived, blobs }) => progress.update(done, total, `${arrived} of ${blobs} blobs`),
      signal: asking.signal,
      allowUnverified,
    })
    progress.end()
    const said = await companions(asking, session, root, destination, referrers)
    return { ...copied, diagnostics: [...copied.diagnostics, ...said] }
  } finally {
    progress.end()
    await sink.abort()
  }
}

async function companions(
  asking: Asking,
  session: Session,
  root: Descriptor,
  destination: Destination,
  along: boolean,
): Promise<readonly Diagnostic[]> {
  try {
    // The documents again: what the destination had already was not read, and what it is about has to be known.
    const { parcels } = await parcelsOf(session.source, root, asking.signal)
    const documents = parcels.map(({ blob }) => blob).filter(({ mediaType }) => isIndexOrManifest(mediaType))
    const found = await companionsOf(asking, session, documents)
    return along ? await copyCompanions(asking, session, found, destination) : leftBehind(found, '--referrers takes them along')
  } catch (error) {
    asking.signal.throwIfAborted()
    // Whoever cannot be asked knows of nothing; the copy itself does not hang on it.
    if (!along && error instanceof ImageError) return []
    throw error
  }
}
