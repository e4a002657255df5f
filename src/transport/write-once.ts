import type { Digest } from '../blob/digest.ts'

/** Writes a blob that `written` does not know: a second call waits for the first, what failed is forgotten and may be tried again. */
export async function writeOnce<T>(written: Map<Digest, Promise<T>>, digest: Digest, write: () => Promise<T>): Promise<void> {
  const writing = written.get(digest) ?? write()
  written.set(digest, writing)
  try {
    await writing
  } catch (thrown) {
    written.delete(digest)
    throw thrown
  }
}
