import type { Descriptor } from '../../blob/descriptor.ts'
import type { Digest } from '../../blob/digest.ts'
import type { BlobSink } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
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
