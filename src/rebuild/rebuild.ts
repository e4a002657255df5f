import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { imagesOf } from '../image/choose.ts'
import type { ImageNode } from '../image/list.ts'
import { formatPlatform, type Platform, parsePlatform, platformDistance } from '../image/platform.ts'
import { absentParts, absentPlatforms } from './absent-parts.ts'
import { choicesOf, type Plan } from './plan.ts'
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
  const missing = await absentParts(node, source, options.signal)
  const chosen = chosenImages(node, choices.platforms)
  // An image that was asked for by name is not left out: why it cannot be read is the answer.
  const absent = choices.platforms === undefined ? missing : missing.difference(chosen)
  const said = absentPlatforms(node, absent)
  const indexWork = { ...work, choices, chosen: chosen.difference(absent), absent }
  if (chosen.size > 0 && indexWork.chosen.size === 0) throw notHere(node, absent)
  if (!choices.dropOthers) {
    const rebuilt = await rebuildIndex(node, indexWork)
    return { ...rebuilt, diagnostics: [...said, ...rebuilt.diagnostics] }
  }
  const images = imagesOf([node])
  const left = images.filter(({ descriptor }) => !chosen.has(descriptor.digest)).length
  const [alone, ...more] = images.filter(({ descriptor }) => chosen.has(descriptor.digest))
  const rebuilt = alone !== undefined && more.length === 0 ? await rebuildAlone(alone, work) : await rebuildIndex(node, indexWork)
  return { ...rebuilt, diagnostics: [...rebuilt.diagnostics, ...leftOut(left)] }
}

function notHere(node: ImageNode, absent: ReadonlySet<string>): ImageError {
  const names = absentPlatforms(node, absent).map(({ message }) => message)
  return new ImageError('BLOB_MISSING', `Cannot rebuild ${node.descriptor.digest}: none of its images is here whole`, {
    hint: `${names.join(' ')}. Save or copy it again with its layers.`,
  })
}

/**
 * Digests of the images below an index that are rewritten: those of the platforms that are asked for, all without a choice. An
 * index inside it that says its own platform speaks for what is in it.
 * @throws ImageError `PLATFORM_NOT_FOUND`
 */
function chosenImages(index: ImageNode, platforms: readonly string[] | undefined): Set<string> {
  const images = [...platformsBelow(index, undefined)]
  if (platforms === undefined) return new Set(images.map(({ digest }) => digest))
  const chosen = new Set<string>()
  for (const text of platforms) {
    const wanted = parsePlatform(text)
    const found = images.filter(each => each.platforms.some(platform => platformDistance(wanted, platform) === 0))
    for (const { digest } of found) chosen.add(digest)
    if (found.length > 0) continue
    const there = new Set(images.flatMap(each => each.platforms.map(formatPlatform)))
    throw new ImageError('PLATFORM_NOT_FOUND', `Cannot rebuild ${formatPlatform(wanted)}: the index has no image for it`, {
      hint: `There are ${[...there].join(', ')}.`,
    })
  }
  return chosen
}

type PlatformsOfImage = { readonly digest: string; readonly platforms: readonly Platform[] }

function* platformsBelow(node: ImageNode, around: Platform | undefined): Generator<PlatformsOfImage> {
  const { platform, descriptor } = node
  if (node.kind === 'index') for (const child of node.children) yield* platformsBelow(child, platform ?? around)
  else if (node.kind === 'image')
    yield { digest: descriptor.digest, platforms: [...(platform ? [platform] : []), ...(around ? [around] : [])] }
}
