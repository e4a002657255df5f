import type { Image } from '../image/load.ts'
import type { Asking } from './asking.ts'
import { LayerAccess } from './layer-access.ts'
import { openSession, type Session, wantedPlatform } from './session.ts'

/** One image that was chosen of a place, its layers not read yet. */
export type ChosenImage = { readonly session: Session; readonly image: Image; readonly layers: LayerAccess }

/**
 * Opens the image that `reference` means, runs `use` on it and closes everything, whatever happens.
 * @throws ImageError those of `openSession`, `chooseImage` and `loadImage`
 */
export async function withImage<T>(asking: Asking, reference: string, use: (opened: ChosenImage) => Promise<T>): Promise<T> {
  return await withSession(asking, reference, async session => use(await chosenImage(asking, session)))
}

/** The image that the session's reference and the platform asked for mean. @throws ImageError as `chooseImage`, `loadImage` */
export async function chosenImage(asking: Asking, session: Session): Promise<ChosenImage> {
  const image = await session.load(session.choose(wantedPlatform(asking.platform)), asking.signal)
  return { session, image, layers: new LayerAccess(session, image, asking) }
}

/** Opens a place, for what looks at more than one image of it, and closes it whatever happens. @throws ImageError as `openSession` */
export async function withSession<T>(asking: Asking, reference: string, use: (session: Session) => Promise<T>): Promise<T> {
  await using session = await openSession(reference, asking, asking.signal)
  return await use(session)
}
