import {
  at,
  BOOKKEEPING,
  type Changeset,
  entryDevice,
  entryPath,
  entryTarget,
  entryType,
  HASH_BYTES,
  hashBytes,
} from '../layer/changeset.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import { baseName, type FilePath, joinPath, parentPath } from '../layer/file-path.ts'

/**
 * The same entries with every mark as the ordinary file it is: in an artifact nothing hides anything, and a name that begins
 * with `.wh.` is a name. The changeset itself where it has no marks.
 */
export function withoutMarks(changeset: Changeset): Changeset {
  if (!hasMarks(changeset)) return changeset
  const builder = new ChangesetBuilder({ marks: false })
  for (let index = 0; index < changeset.length; index++) {
    const type = entryType(changeset, index)
    const size = at(changeset.sizes, index) || (changeset.claimedSizes.get(index) ?? 0)
    const [devMajor, devMinor] = entryDevice(changeset, index) ?? [0, 0]
    const hashed = builder.add({
      name: markedName(type, entryPath(changeset, index)),
      typeflag: TYPEFLAGS[type] ?? '0',
      linkName: type === 'symlink' || type === 'hardlink' ? entryTarget(changeset, index) : '',
      mode: at(changeset.modes, index),
      uid: at(changeset.uids, index),
      gid: at(changeset.gids, index),
      userName: '',
      groupName: '',
      size,
      mtime: { seconds: at(changeset.mtimeSeconds, index), nanoseconds: at(changeset.mtimeNanoseconds, index) },
      devMajor,
      devMinor,
      xattrs: changeset.xattrSets[at(changeset.xattrIndexes, index)] ?? [],
      format: 'pax',
      headerOffset: at(changeset.headerOffsets, index),
      dataOffset: at(changeset.dataOffsets, index),
      storedSize: at(changeset.storedSizes, index),
      sparse: changeset.sparse.get(index),
      raw: undefined,
    })
    if (hashed) builder.setHash(Buffer.from(hashBytes(changeset, index)).subarray(0, HASH_BYTES))
  }
  const plain = builder.finish()
  return { ...plain, diagnostics: [...changeset.diagnostics, ...plain.diagnostics] }
}

function hasMarks(changeset: Changeset): boolean {
  return changeset.types.some((value, index) => {
    if ((value & BOOKKEEPING) !== 0) return true
    const type = entryType(changeset, index)
    return type === 'whiteout' || type === 'opaque'
  })
}

/** The name that the archive has for a mark. */
function markedName(type: string, path: FilePath): string {
  if (type === 'opaque') return joinPath(path, '.wh..wh..opq')
  return type === 'whiteout' ? joinPath(parentPath(path), `.wh.${baseName(path)}`) : path
}

const TYPEFLAGS: Readonly<Record<string, string>> = {
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
}
