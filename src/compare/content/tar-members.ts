import type { TarEntry } from '../../blob/tar-member.ts'
import { TarReader } from '../../blob/tar-reader.ts'

/** A member of a tar archive, and its content where it is asked for. */
export type ArchivedFile = { readonly entry: TarEntry; readonly content: Buffer }

const MOST_MEMBERS = 200_000
/** `ustar` stands at this offset of a header. */
const MAGIC_OFFSET = 257

/** The members of an uncompressed tar archive in order; undefined for what is none. Contents are copies. */
export function tarMembers(bytes: Buffer): readonly ArchivedFile[] | undefined {
  if (bytes.length < 1024 || bytes.toString('latin1', MAGIC_OFFSET, MAGIC_OFFSET + 5) !== 'ustar') return undefined
  const files: ArchivedFile[] = []
  let pieces: Buffer[] = []
  const reader = new TarReader({
    entry: () => {
      pieces = []
    },
    data: piece => void pieces.push(Buffer.from(piece)),
    end: (_, entry) => {
      if (files.length < MOST_MEMBERS) files.push({ entry, content: Buffer.concat(pieces) })
    },
    diagnostic: () => undefined,
  })
  reader.push(bytes)
  reader.finish()
  return reader.failed ? undefined : files
}
