import { isIndexOrManifest } from '../../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import type { Asking } from '../asking.ts'
import type { Session } from '../session.ts'
import { parcelsOf } from '../write/copy-image.ts'
import { type CopyRun, runCopy } from '../write/copy-run.ts'
import { companionsOf, copyCompanions, leftBehind, leftInIndex } from './copy-referrers.ts'

export type CopyRunOptions = {
  readonly force: boolean
  /** Signatures, SBOMs and attestations that name the image go along. */
  readonly referrers: boolean
  /** Blobs under digests that cannot be computed here are copied as well. */
  readonly allowUnverified: boolean
}

/**
 * Copies what a session lists to a place, byte for byte, every digest proven on the way; then what refers to it, or names what of
 * that stays.
 * @throws ImageError those of the source, the destination and, where referrers go along, of the registry
 */
export async function copyRun(
  asking: Asking,
  session: Session,
  nodes: readonly ImageNode[],
  destination: Destination,
  { force, referrers, allowUnverified }: CopyRunOptions,
): Promise<CopyRun> {
  const progress = asking.progress('copying')
  try {
    const run = await runCopy(asking, session, {
      destination,
      force,
      nodes,
      onProgress: ({ done, total, arrived, blobs }) => progress.update(done, total, `${arrived} of ${blobs} blobs`),
      allowUnverified,
    })
    progress.end()
    const said: Diagnostic[] = []
    for (const node of nodes)
      said.push(...(await companions(asking, session, node, destination, referrers)), ...leftInIndex(node))
    return { ...run, diagnostics: [...run.diagnostics, ...said] }
  } finally {
    progress.end()
  }
}

const staying = (found: Parameters<typeof leftBehind>[0]) => leftBehind(found, '--referrers takes them along')

async function companions(
  asking: Asking,
  session: Session,
  { descriptor }: ImageNode,
  destination: Destination,
  along: boolean,
): Promise<readonly Diagnostic[]> {
  try {
    // To name what stays in a registry, one look is enough: every further one counts against its limits.
    const isAsked = session.place.transport === 'docker'
    if (!along && isAsked) return staying(await companionsOf(asking, session, [descriptor], 1))
    // The documents again: those that the destination had already were not read, and their contents are needed here.
    const { parcels } = await parcelsOf(session.source, descriptor, asking.signal)
    const documents = parcels.map(({ blob }) => blob).filter(({ mediaType }) => isIndexOrManifest(mediaType))
    const found = await companionsOf(asking, session, documents)
    return along ? await copyCompanions(asking, session, found, destination) : staying(found)
  } catch (error) {
    asking.signal.throwIfAborted()
    // A place that cannot be asked knows of nothing; the copy itself does not hang on it.
    if (!along && error instanceof ImageError) return []
    throw error
  }
}
