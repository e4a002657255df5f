import { ImageError } from '../error.ts'
import type { ImageNode } from '../image/list.ts'
import { formatPlatform, type Platform, parsePlatform, platformDistance } from '../image/platform.ts'

/**
 * Digests of the images below an index that are rewritten: those of the platforms that are asked for, all without a choice. An
 * index inside it that says its own platform speaks for what is in it.
 * @throws ImageError `PLATFORM_NOT_FOUND`
 */
export function chosenImages(index: ImageNode, platforms: readonly string[] | undefined): ReadonlySet<string> {
  const images = platformsBelow(index, undefined)
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

function platformsBelow(node: ImageNode, around: Platform | undefined): readonly PlatformsOfImage[] {
  const said = node.platform ?? around
  if (node.kind === 'index') return node.children.flatMap(child => platformsBelow(child, said))
  if (node.kind !== 'image') return []
  return [{ digest: node.descriptor.digest, platforms: [node.platform, around].filter(each => each !== undefined) }]
}
