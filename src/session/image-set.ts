import { existsSync } from 'node:fs'
import type { Image } from '../image/load.ts'
import { type Location, parseLocation, type Selector } from '../image/location.ts'
import type { Asking } from './asking.ts'
import { withSession } from './opened-image.ts'
import { wantedPlatform } from './session.ts'

/** One image of several, with its documents. */
export type ImageOfSet = { readonly reference: string; readonly image: Image }

/** Places that are opened at the same time: a registry answers each of them over the network. */
const AT_ONCE = 8

/**
 * The documents of several images, in the order asked for; no layer is read. A layout or an archive that several of them lie in is
 * opened and listed once. @throws ImageError as `openSession`, `chooseImage` and `loadImage`
 */
export async function loadImageSet(asking: Asking, references: readonly string[]): Promise<readonly ImageOfSet[]> {
  const images: (Image | undefined)[] = references.map(() => undefined)
  const places = [...Map.groupBy(references.keys(), index => placeOf(references[index] ?? '')).values()]
  const open = async (indexes: readonly number[]) => {
    const [first = 0] = indexes
    await withSession(asking, references[first] ?? '', async session => {
      for (const index of indexes) {
        const node = session.choose(wantedPlatform(asking.platform), selectorOf(references[index] ?? ''))
        images[index] = await session.load(node, asking.signal)
      }
    })
  }
  const next = async () => {
    for (let place = places.shift(); place !== undefined; place = places.shift()) await open(place)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  return references.flatMap((reference, index) => {
    const image = images[index]
    return image === undefined ? [] : [{ reference, image }]
  })
}

/** The same text for references into one place on disk. */
function placeOf(reference: string): string {
  const location = locationOf(reference)
  return location !== undefined && 'path' in location ? `${location.transport}:${location.path}` : ` ${reference}`
}

function selectorOf(reference: string): Selector | undefined {
  const location = locationOf(reference)
  return location !== undefined && 'selector' in location ? location.selector : undefined
}

/** Undefined for what `openSession` knows by a name of its own, or refuses with an error that says why. */
function locationOf(reference: string): Location | undefined {
  try {
    return parseLocation(reference, existsSync)
  } catch {
    return undefined
  }
}
