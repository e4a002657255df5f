import type { Command } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'

/** Commands whose only use is a squash: its marks, and the plan itself. */
const FOR_A_SQUASH: ReadonlySet<Command> = new Set<Command>([
  'layers.mark',
  'layers.range',
  'layers.mark-down',
  'layers.mark-up',
  'files.mark',
  'waste.mark',
  'treemap.mark',
  'story.mark',
  'findings.mark',
  'explanation.mark',
  'squash',
  'write-to',
  'compare-squash',
  'beside',
])

/** Whether the command has no use because the image is an artifact: its blobs are no layers, and none of them is squashed. */
export function isIdleOfArtifact({ image }: State, command: Command): boolean {
  return image?.image.artifactType !== undefined && FOR_A_SQUASH.has(command)
}

/** Says why nothing is done, in the command's place. */
export function refusedOfArtifact(state: State, command: Command): Step<Effect> | undefined {
  if (!isIdleOfArtifact(state, command)) return undefined
  return note(state, 'The blobs of an artifact are no layers: nothing can be squashed.')
}
