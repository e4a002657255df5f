import { existsSync } from 'node:fs'
import { parseDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import type { Image } from '../image/load.ts'
import { type Location, parseLocation, type Selector } from '../image/location.ts'
import type { Asking } from './asking.ts'
import { withSession } from './opened-image.ts'
import { type Session, wantedPlatform } from './session.ts'

/** One image of several, with its documents. */
export type ImageOfSet = { readonly reference: string; readonly image: Image }

/** Places that are opened at the same time: a registry answers each of them over the network. */
const AT_ONCE = 8

/** One image of a set as it is asked for; `digest` picks one of a place that the reference does not name by itself. */
export type WantedImage = { readonly reference: string; readonly digest?: string; readonly platform?: string }

/**
 * The documents of several images, in the order asked for; no layer is read. A layout or an archive that several of them lie in is
 * opened and listed once. @throws ImageError as `openSession`, `chooseImage` and `loadImage`
 */
export async function loadImageSet(asking: Asking, references: readonly string[]): Promise<readonly ImageOfSet[]> {
  const found = await loadEach(
    asking,
    references.map(reference => ({ reference })),
  )
  return found.map((image, index) => {
    if (image instanceof ImageError) throw image
    return { reference: references[index] ?? '', image }
  })
}

/**
 * The same, with the error of each image that cannot be opened in its place. `onLoaded` hears how many were tried so far.
 * @throws the signal's reason
 */
export async function loadEach(
  asking: Asking,
  wanted: readonly WantedImage[],
  onLoaded: (count: number) => void = () => undefined,
): Promise<readonly (Image | ImageError)[]> {
  const images: (Image | ImageError | undefined)[] = wanted.map(() => undefined)
  const places = [...Map.groupBy(wanted.keys(), index => placeOf(wanted[index]?.reference ?? '')).values()]
  let tried = 0
  const settle = (index: number, found: Image | ImageError) => {
    images[index] = found
    onLoaded(++tried)
  }
  const open = async (indexes: readonly number[]) => {
    const [first = 0] = indexes
    await withSession(asking, wanted[first]?.reference ?? '', async session => {
      for (const index of indexes) settle(index, await orError(asking, () => loadOne(asking, session, wanted[index])))
    })
  }
  const next = async () => {
    for (let place = places.shift(); place !== undefined; place = places.shift()) {
      const indexes = place
      const failed = await orError(asking, () => open(indexes))
      if (failed instanceof ImageError) for (const index of indexes) if (images[index] === undefined) settle(index, failed)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  return images.map(image => image ?? new ImageError('INTERNAL', 'Cannot open the image: it was not asked for'))
}

async function loadOne(asking: Asking, session: Session, wanted: WantedImage | undefined): Promise<Image> {
  const { reference = '', digest, platform } = wanted ?? {}
  const selector = digest === undefined ? selectorOf(reference) : { digest: parseDigest(digest) }
  return await session.load(session.choose(wantedPlatform(platform ?? asking.platform), selector), asking.signal)
}

/** An error of the image or its place as a value; every other one, and whatever is thrown once the signal aborted, is thrown on. */
async function orError<Found>({ signal }: Asking, find: () => Promise<Found>): Promise<Found | ImageError> {
  try {
    return await find()
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof ImageError)) throw thrown
    return thrown
  }
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
