import { existsSync } from 'node:fs'
import { parseDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import { imagesOf } from '../image/choose.ts'
import type { Image } from '../image/load.ts'
import { type Location, parseLocation, type Selector } from '../image/location.ts'
import type { FoundOfSet } from '../state/model/shared.ts'
import type { Asking } from './asking.ts'
import { withSession } from './opened-image.ts'
import { type Session, wantedPlatform } from './session.ts'

/** One image of several, with its documents. */
export type ImageOfSet = { readonly reference: string; readonly image: Image }

/** Places that are opened at the same time: a registry answers each of them over the network. */
const AT_ONCE = 8

/** One image of a set as it is asked for; `digest` picks one of a place that the reference does not name by itself. */
export type WantedImage = { readonly reference: string; readonly digest?: string; readonly platform?: string }

/** Images of one place that are looked at together; a hostile one lists thousands. */
const MOST_OF_A_PLACE = 1000

/**
 * The documents of several images, in the order asked for; no layer is read. A layout or an archive that several of them lie in is
 * opened and listed once, and stands for each of its images where the reference names none of them.
 * @throws ImageError as `openSession`, `chooseImage` and `loadImage`
 */
export async function loadImageSet(asking: Asking, references: readonly string[]): Promise<readonly ImageOfSet[]> {
  const images = await loadEach(
    asking,
    references.map(reference => ({ reference })),
  )
  return images.map(({ wanted, suffix, found }) => {
    if (found instanceof ImageError) throw found
    return { reference: `${references[wanted] ?? ''}${suffix}`, image: found }
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
): Promise<readonly FoundOfSet[]> {
  const images: (readonly FoundOfSet[] | undefined)[] = wanted.map(() => undefined)
  const places = [...Map.groupBy(wanted.keys(), index => placeOf(wanted[index]?.reference ?? '')).values()]
  let tried = 0
  const settle = (index: number, found: readonly FoundOfSet[] | ImageError) => {
    images[index] = found instanceof ImageError ? [{ wanted: index, suffix: '', found }] : found
    onLoaded(++tried)
  }
  const open = async (indexes: readonly number[]) => {
    const [first = 0] = indexes
    await withSession(asking, wanted[first]?.reference ?? '', async session => {
      for (const index of indexes) settle(index, await orError(asking, () => loadMembers(asking, session, index, wanted[index])))
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
  return images.flatMap(found => found ?? [])
}

/** The image that is meant; all of the place where the reference says none of several. @throws ImageError */
async function loadMembers(
  asking: Asking,
  session: Session,
  wanted: number,
  image: WantedImage | undefined,
): Promise<readonly FoundOfSet[]> {
  const { reference = '', digest } = image ?? {}
  const platform = wantedPlatform(image?.platform ?? asking.platform)
  const selector = digest === undefined ? selectorOf(reference) : { digest: parseDigest(digest) }
  const load = (one: Selector | undefined) => session.load(session.choose(platform, one), asking.signal)
  const only = await orError(asking, () => load(selector))
  const isSeveral = only instanceof ImageError && only.code === 'IMAGE_AMBIGUOUS' && Object.keys(selector ?? {}).length === 0
  if (!isSeveral) return [{ wanted, suffix: '', found: only }]
  const nodes = session.listing.nodes.filter(node => imagesOf([node]).length > 0)
  if (nodes.length > MOST_OF_A_PLACE) {
    throw new ImageError('IMAGE_AMBIGUOUS', `Cannot look at all ${nodes.length} images of one place together: that is too many`, {
      hint: 'Name those that are meant by :TAG.',
    })
  }
  const members: FoundOfSet[] = []
  for (const { names, descriptor } of nodes) {
    const suffix = names[0] === undefined ? `@${descriptor.digest}` : `:${names[0]}`
    members.push({ wanted, suffix, found: await orError(asking, () => load({ digest: descriptor.digest })) })
  }
  return members
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
