import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { imagesOf } from '../image/choose.ts'
import type { ImageNode } from '../image/list.ts'
import { choicesOf, type Plan } from './plan.ts'
import { chosenImages } from './platform-choice.ts'
import { type Rebuilt, rebuildAlone } from './rebuild-alone.ts'
import { leftOut, rebuildIndex } from './rebuild-index.ts'
import type { RebuildOptions, Workshop } from './workshop.ts'

/**
 * Carries a plan out on what a listing names: an image, or every image of an index, nested ones included, that the plan's
 * platforms choose (all of them without a choice); the others are kept as they are, or left out.
 * @throws ImageError those of `rebuildImage`; `NOT_AN_IMAGE`, `PLATFORM_NOT_FOUND`, and why an unreadable node is
 */
export async function rebuild(
  node: ImageNode,
  plan: Plan,
  source: BlobSource,
  workshop: Workshop,
  options: RebuildOptions,
): Promise<Rebuilt> {
  if (node.kind === 'missing' || node.kind === 'unreadable') throw node.error
  const work = { plan, source, workshop, options }
  if (node.kind === 'image') return await rebuildAlone(node, work)
  if (node.kind !== 'index') {
    throw new ImageError('NOT_AN_IMAGE', `Cannot rebuild ${node.descriptor.digest}: it is an artifact, not an image`)
  }
  const choices = choicesOf({ edits: plan.edits.filter(edit => !('position' in edit) && edit.type !== 'squash') }, 0)
  const chosen = chosenImages(node, choices.platforms)
  if (!choices.dropOthers) return await rebuildIndex(node, { ...work, choices, chosen })
  const images = imagesOf([node])
  const left = images.filter(({ descriptor }) => !chosen.has(descriptor.digest)).length
  const [alone, ...more] = images.filter(({ descriptor }) => chosen.has(descriptor.digest))
  const rebuilt =
    alone !== undefined && more.length === 0
      ? await rebuildAlone(alone, work)
      : await rebuildIndex(node, { ...work, choices, chosen })
  return { ...rebuilt, diagnostics: [...rebuilt.diagnostics, ...leftOut(left)] }
}
