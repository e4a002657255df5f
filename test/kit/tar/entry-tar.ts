import { TAR_END, tarHeader, tarPaddingBytes } from '../../../src/blob/tar-writer.ts'
import type { EntryFixture } from '../layer/changeset-fixture.ts'

/** A layer's tar with these entries, just as they are: out of order, repeated, with odd names. */
export function entryTar(entries: readonly EntryFixture[]): Buffer {
  return Buffer.concat([...entries.flatMap(member), TAR_END])
}

const FLAGS: Readonly<Record<EntryFixture['type'], string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  whiteout: '0',
  opaque: '0',
}

function member(entry: EntryFixture): Buffer[] {
  const content = Buffer.from(entry.type === 'file' ? (entry.content ?? '') : '', 'latin1')
  const header = tarHeader({
    name: nameOf(entry),
    typeflag: FLAGS[entry.type],
    mode: entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644),
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    mtime: entry.mtime ?? { seconds: 1_700_000_000, nanoseconds: 0 },
    linkName: entry.target ?? '',
    size: content.length,
    devMajor: entry.device?.[0] ?? 0,
    devMinor: entry.device?.[1] ?? 0,
    xattrs: entry.xattrs ?? [],
  })
  return [header, content, tarPaddingBytes(content.length)]
}

function nameOf({ type, path }: EntryFixture): string {
  if (type === 'opaque') return `${path === '' ? '' : `${path}/`}.wh..wh..opq`
  if (type !== 'whiteout') return path === '' ? './' : path
  const slash = path.lastIndexOf('/') + 1
  return `${path.slice(0, slash)}.wh.${path.slice(slash)}`
}
