import type { Context } from '../cli/run/context.ts'
import type { Image } from '../image/load.ts'
import { openSession, type Session, type SessionOptions, wantedPlatform } from './session.ts'

/** What a reading command works on: one image, its layers not read yet. */
export type OpenedImage = { readonly session: Session; readonly image: Image }

/** Opens the image that the command line names, runs `use` on it and closes everything, whatever happens. */
export async function withImage<T>(context: Context, reference: string, use: (opened: OpenedImage) => Promise<T>): Promise<T> {
  return await withSession(context, reference, async session => {
    const node = session.choose(wantedPlatform(context.common()))
    return await use({ session, image: await session.load(node, context.signal) })
  })
}

/** The same for commands that look at more than one image of a place. */
export async function withSession<T>(
  context: Context,
  reference: string,
  use: (session: Session) => Promise<T>,
  options: Partial<SessionOptions> = {},
): Promise<T> {
  const session = await openSession(reference, { ...context.common(), ...options }, context.signal)
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}
