import type { TarEntry } from '../blob/tar-member.ts'
import type { TarMemberInput } from '../blob/tar-writer.ts'

/** A member as if it had been read from a tar without headers, its content at `offset`: what a changeset is built of. */
export function tarEntry(member: TarMemberInput, offset: number): TarEntry {
  const size = member.size ?? 0
  return { ...EMPTY, ...member, headerOffset: offset, dataOffset: offset, storedSize: size }
}

const EMPTY = {
  linkName: '',
  uid: 0,
  gid: 0,
  userName: '',
  groupName: '',
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  devMajor: 0,
  devMinor: 0,
  xattrs: [],
  format: 'pax',
  sparse: undefined,
  raw: undefined,
} as const
