import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import { inPieces } from '../blob/pieces.ts'
import { verified } from '../blob/read.ts'
import { quotePath, systemError } from './local-file.ts'
import { checkRoom } from './temporary-directory.ts'

/** Writes all of `bytes` at the end of an open file. */
async function append(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, at)
    at += bytesWritten
  }
}

/**
 * Writes a blob to a new file, checked as it passes and safe on the disk when this returns.
 * @throws ImageError `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `NO_SPACE`
 */
export async function writeBlobFile(
  path: string,
  blob: Descriptor,
  bytes: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const action = `write ${blob.digest}`
  await checkRoom(dirname(path), blob.size, action)
  try {
    await using handle = await open(path, 'wx')
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(WRITE_BYTES, blob.size)))
    for await (const chunk of inPieces(verified(bytes, blob), () => buffer)) {
      signal?.throwIfAborted()
      await append(handle, chunk)
    }
    await handle.datasync()
  } catch (thrown) {
    signal?.throwIfAborted()
    throw systemError(thrown, action)
  }
}

/** Bytes of one write: a network gives a sixteenth of that at a time, and each write costs a trip to another thread. */
const WRITE_BYTES = 1024 * 1024

/** Makes a private temporary file an ordinary one, safe on the disk. */
export async function makeSafe(path: string): Promise<void> {
  try {
    await using handle = await open(path, 'r+')
    await handle.chmod(0o666 & ~process.umask())
    await handle.datasync()
  } catch (thrown) {
    throw systemError(thrown, `write ${quotePath(path)}`)
  }
}

/** Writes a small file and makes it safe on the disk. */
export async function writeSmallFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await using handle = await open(path, 'wx')
    await append(handle, typeof content === 'string' ? Buffer.from(content) : content)
    await handle.datasync()
  } catch (thrown) {
    throw systemError(thrown, `write ${quotePath(path)}`)
  }
}

/** Makes names in a directory safe on the disk; file systems that cannot are left alone. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path).catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
