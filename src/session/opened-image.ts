import type { Image } from '../image/load.ts'
import { type ArtifactTree, artifactTree } from './artifact/artifact-tree.ts'
import type { Asking } from './asking.ts'
import { LayerAccess } from './layer-access.ts'
import { openSession, type Session, wantedPlatform } from './session.ts'

/** One image that was chosen of a place, its layers not read yet. */
export type ChosenImage = {
  readonly session: Session
  readonly image: Image
  readonly layers: LayerAccess
  /** Where it is no image: its blobs as a tree, which `session` lists and reads layers by. */
  readonly artifact?: ArtifactTree
}

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

/**
 * The same for whatever the reference means, image or artifact: an artifact is opened as a tree of its blobs.
 * @throws ImageError those of `openSession`, `chooseAny` and `loadAny`
 */
export async function withAny<T>(asking: Asking, reference: string, use: (opened: ChosenImage) => Promise<T>): Promise<T> {
  return await withSession(asking, reference, async session => {
    const node = session.chooseAny(wantedPlatform(asking.platform))
    return use(openedAny(asking, session, await session.loadAny(node, asking.signal)))
  })
}

/**
 * The same for what is looked at but need not be proven byte by byte: blobs of an artifact that are one file each are known by their
 * descriptors, and no model is downloaded for its name. @throws ImageError as `withAny`
 */
export async function withListed<T>(asking: Asking, reference: string, use: (opened: ChosenImage) => Promise<T>): Promise<T> {
  return await withAny(asking, reference, opened => {
    const { session: own, image, artifact } = opened
    if (artifact === undefined) return use(opened)
    const session = { ...own, readLayer: artifact.list }
    return use({ ...opened, session, layers: new LayerAccess(session, image, asking) })
  })
}

/** An image as it is; an artifact with a session that lists and reads its blobs by the generic rule. */
function openedAny(asking: Asking, session: Session, image: Image): ChosenImage {
  const { session: own, artifact } = artifactSession(session, image)
  const layers = new LayerAccess(own, image, asking)
  return { session: own, image, layers, ...(artifact !== undefined && { artifact }) }
}

/** The session that lists and reads an artifact's blobs by the generic rule; for an image the session itself. */
export function artifactSession(session: Session, image: Image): Pick<ChosenImage, 'session' | 'artifact'> {
  if (image.artifactType === undefined) return { session }
  const artifact = artifactTree(session.source, session.pool, image)
  const own: Session = {
    ...session,
    listLayer: artifact.list,
    readLayer: artifact.read,
    scanLayer: artifact.scan,
    readContent: (blob, layer, entry, range = {}, signal) =>
      artifact.content(blob, layer, range, signal) ?? session.readContent(blob, layer, entry, range, signal),
    async *readFilesInOnePass(blob, layer, entries, signal) {
      const [only] = entries
      const bytes = artifact.content(blob, layer, {}, signal)
      if (only !== undefined && bytes !== undefined) yield { entry: only, bytes }
      else yield* session.readFilesInOnePass(blob, layer, entries, signal)
    },
  }
  return { session: own, artifact }
}

/** Opens a place, for what looks at more than one image of it, and closes it whatever happens. @throws ImageError as `openSession` */
export async function withSession<T>(asking: Asking, reference: string, use: (session: Session) => Promise<T>): Promise<T> {
  await using session = await openSession(reference, asking, asking.signal)
  return await use(session)
}
