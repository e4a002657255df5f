import { link } from 'node:fs/promises'
import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { once } from '../blob/pieces.ts'
import { readRange } from '../transport/local-file.ts'
import { writeBlobFile } from '../transport/staging.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from '../transport/temporary.ts'
import type { Exchange } from './exchange.ts'
import type { RepositoryChanges, ServedBlob } from './served-repository.ts'

/**
 * Gives a repository a blob of another one: `from`, or any that has it where the client names none (distribution-spec, Mounting a blob
 * from another repository). A file of a layout is linked, a part of an archive copied and checked. False where the blob is not there.
 */
export async function mountBlob(
  { repositories, signal }: Exchange,
  changes: RepositoryChanges,
  digest: Digest,
  from: string | null,
): Promise<boolean> {
  for (const name of from === null ? await repositories.names(signal) : [from]) {
    const blob = await (await repositories.find(name, signal))?.blob(digest, signal)
    if (blob === undefined) continue
    const file = temporaryPath(changes.spool)
    try {
      if (!(await linked(blob, file))) await copied(blob, digest, file, signal)
      await changes.keepBlob(digest, file)
      forgetTemporary(file)
      return true
    } catch (thrown) {
      await removeTemporary(file)
      throw thrown
    }
  }
  return false
}

async function linked({ size, content }: ServedBlob, file: string): Promise<boolean> {
  if (!('file' in content) || content.offset !== 0 || content.size !== size) return false
  // A file that is longer than the blob is an archive. Other file systems, and those without links, are copied to.
  return link(content.file, file).then(
    () => true,
    () => false,
  )
}

async function copied({ size, content }: ServedBlob, digest: Digest, file: string, signal: AbortSignal): Promise<void> {
  const blob: Descriptor = { mediaType: '', digest, size }
  await writeBlobFile(file, blob, bytesOf(content, size, signal), signal)
}

function bytesOf(content: ServedBlob['content'], size: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if (content instanceof Uint8Array) return once(content)
  return 'file' in content ? readRange(content.file, content.offset, size, signal) : content.read(0, size, signal)
}
