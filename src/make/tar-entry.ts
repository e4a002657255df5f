import type { TarEntry } from '../blob/tar-member.ts'
import { EMPTY_MEMBER, type TarMemberInput } from '../blob/tar-writer.ts'

/** A member as if it had been read from a tar without headers, its content at `offset`: what a changeset is built of. */
export function tarEntry(member: TarMemberInput, offset: number): TarEntry {
  const size = member.size ?? 0
  const unread = { format: 'pax', sparse: undefined, raw: undefined } as const
  return { ...EMPTY_MEMBER, ...unread, ...member, headerOffset: offset, dataOffset: offset, storedSize: size }
}
