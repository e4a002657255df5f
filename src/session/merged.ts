import type { Diagnostic } from '../error.ts'
import { type Image, windowsNotice } from '../image/load.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import type { KnownLayer } from '../layer/reading.ts'
import { buildingStack } from '../overlay/apply.ts'
import { semanticsNotice } from '../overlay/disagreement.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { Semantics, Snapshot, Stack } from '../overlay/tree.ts'

/** Layers and the tree they add up to. */
export type Merged<Known extends KnownLayer = KnownLayer> = {
  /** By position; undefined where a layer was not needed. */
  readonly readings: readonly (Known | undefined)[]
  readonly stack: Stack
  readonly snapshot: Snapshot
}

/** The changeset that stands for a layer that was not read. */
export const NO_CHANGES = new ChangesetBuilder().finish()

/** The tree of these layers; a layer that was not read counts as empty. @throws the signal's reason */
export async function mergedOf<Known extends KnownLayer>(
  semantics: Semantics,
  readings: Merged<Known>['readings'],
  signal: AbortSignal | undefined,
): Promise<Merged<Known>> {
  const changesets = readings.map(reading => reading?.changeset ?? NO_CHANGES)
  const stack = await inTurns(buildingStack(changesets, semantics), signal)
  return { readings, stack, snapshot: stack.snapshot(readings.length) }
}

/** The diagnostics of each layer, with its position, those of stacking them, and of `image` where its platform stacks them in another way. */
export function* oddities({ readings, stack }: Merged, image?: Pick<Image, 'config' | 'descriptor'>): Generator<Diagnostic> {
  if (image !== undefined) yield* windowsNotice(image)
  for (const [layer, reading] of readings.entries()) {
    for (const diagnostic of reading?.changeset.diagnostics ?? []) yield { layer, ...diagnostic }
  }
  yield* stack.diagnostics
  const disputed = semanticsNotice(stack)
  if (disputed !== undefined) yield disputed
}
