import type { Descriptor } from '../../blob/descriptor.ts'
import type { Digest } from '../../blob/digest.ts'
import { layerType } from '../../blob/media-type.ts'
import type { BlobSink } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { familiarReference, isFullName, parseReference } from '../../image/reference.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { Asking } from '../asking.ts'
import { openDestination } from '../remote.ts'
import type { Session } from '../session.ts'
import { type Held, heldAt } from './already-there.ts'

/** A destination that was opened, or that is taken by what may be the very image that is to be written. */
export type Goal = {
  /** Undefined where the name is taken: then only the same image is right. */
  readonly sink: BlobSink | undefined
  readonly refusal: ImageError
  /** The manifest that the destination holds under its name, where that was looked at. */
  readonly held: Held | undefined
  /** Whether the destination has the image already, so that nothing is to be done. */
  isThere(root: Descriptor): boolean
}

export type GoalOptions = {
  readonly names: readonly string[]
  readonly force: boolean
  readonly session: Session
  readonly node: ImageNode
  /** More images are written at once, so that all that lies there is looked at. */
  readonly several?: boolean
  /** The plan that is applied to the image first; a copy has none. */
  readonly plan?: Plan
  /** The digest of what will be written, where it is known before. */
  readonly expected?: Digest
}

/**
 * Opens a destination for writing. Writing what is there is success and refusing protects other images only, so a name that is
 * taken is looked at: where it could be the image that is made, that decides (reports/the-same-image-again).
 * @throws ImageError `DESTINATION_EXISTS` and those of `openDestination`
 */
export async function openGoal(asking: Asking, destination: Destination, options: GoalOptions): Promise<Goal> {
  const { force, session, expected } = options
  const named = withName(destination, options.names[0])
  const opening = { force, from: session.place, ...(expected !== undefined && { expected }) }
  // A registry that refuses to move tags does not take the same one again either.
  const before = force && destination.transport === 'docker' ? await heldAt(asking, named) : undefined
  const goal = (sink: BlobSink | undefined, held: Held | undefined, refusal: ImageError): Goal => ({
    sink,
    refusal,
    held,
    isThere: root => held?.digests.has(root.digest) === true,
  })
  try {
    return goal(await openDestination(asking, named, opening), before, CLOSED)
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'DESTINATION_EXISTS') throw thrown
    // The registry's manifest under the tag was looked at when it was opened, or is when it is written.
    const held =
      destination.transport === 'docker' ? undefined : await heldAt(asking, options.several === true ? destination : named)
    if (held === undefined || held.digests.size === 0 || !mayBe(held, options)) throw thrown
    return goal(undefined, held, thrown)
  }
}

const CLOSED = new ImageError('DESTINATION_EXISTS', 'Cannot write the destination: it is not open')

/** Whether the held manifest may be the result: not where it has another number of layers: told before the work, not after. */
function mayBe({ layers, single }: Held, { node, plan }: GoalOptions): boolean {
  if (plan === undefined || !single || node.kind !== 'image' || node.document === undefined) return true
  if (plan.edits.some(({ type }) => type === 'remove')) return true
  const before = node.document.value.layers.length
  const dropped = plan.edits.filter(({ type }) => type === 'drop-layer').length
  const merged = plan.edits.reduce(
    (sum, edit) => (edit.type === 'squash' ? sum + (edit.to ?? before - 1) - (edit.from ?? 0) : sum),
    0,
  )
  return dropped > 0 || layers.length === Math.max(Math.min(before, 1), before - merged)
}

/** The name that comes with the image is looked for as one that was typed. */
function withName(destination: Destination, name: string | undefined): Destination {
  return name !== undefined && 'selector' in destination ? { ...destination, selector: { name } } : destination
}

/**
 * Told of an archive for every tool that not every `docker load` opens: docker learned zstd with version 23.0, one of 20.10 says
 * "invalid tar header".
 */
export function olderLoaders(destination: Destination | undefined, layers: Iterable<Descriptor>): readonly Diagnostic[] {
  if (destination?.transport !== 'archive' && destination?.transport !== 'standard-stream') return []
  const zstd = [...layers].filter(({ mediaType }) => layerType(mediaType)?.compression === 'zstd').length
  if (zstd === 0) return []
  const which = zstd === 1 ? 'A layer is' : `${zstd} layers are`
  const message = `${which} zstd, which docker before 23.0 does not load; --compress gzip writes an archive that every docker takes`
  return [{ code: 'ZSTD_FOR_OLD_DOCKER', severity: 'warning', message }]
}

/**
 * The names an image gets at its destination: the one that was typed, else those it has where it comes from, so that an archive
 * does not load as `<none>`. A registry is named by its reference, an engine too; in the place the image is read from it keeps its own.
 */
export function namesAt(destination: Destination, node: ImageNode, { place }: Session): readonly string[] {
  if ('selector' in destination && destination.selector.name !== undefined) return [destination.selector.name]
  if (['docker', 'docker-daemon', 'dir'].includes(destination.transport)) return []
  if ('path' in destination && 'path' in place && destination.path === place.path) return []
  const own = place.transport === 'docker' && destination.transport !== 'oci' ? [familiarReference(place.reference)] : node.names
  const full = own.filter(isFullName).map(name => familiarReference(parseReference(name)))
  const tagged = new Set(full.map(name => parseReference(name).tag))
  // BuildKit and containerd write the tag of a full name beside it.
  const bare = destination.transport === 'docker-archive' ? [] : own.filter(name => !isFullName(name) && !tagged.has(name))
  return [...new Set([...full, ...bare])].filter(name => !name.includes('@'))
}
