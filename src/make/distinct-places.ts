import { ImageError } from '../error.ts'
import { type Changeset, entryPath, entryType } from '../layer/changeset.ts'
import { displayPath, type FilePath, parentPath, ROOT } from '../layer/file-path.ts'

/** Files that came through symlinks may meet others of the source: which of them is meant cannot be told. @throws ImageError `TARGET_REPEATED` */
export function checkDistinct(changeset: Changeset): void {
  const directories = new Map<FilePath, boolean>()
  for (let index = 0; index < changeset.length; index++) {
    const path = entryPath(changeset, index)
    const directory = entryType(changeset, index) === 'directory'
    if (directories.has(path) && !(directory && directories.get(path) === true)) throw targetRepeated(path)
    directories.set(path, directory)
  }
  for (const path of directories.keys()) {
    for (let above = parentPath(path); above !== ROOT; above = parentPath(above)) {
      if (directories.get(above) === false) throw targetRepeated(above)
    }
  }
}

function targetRepeated(place: FilePath): ImageError {
  return new ImageError(
    'TARGET_REPEATED',
    {
      action: `add to "/${displayPath(place)}"`,
      why: 'two files of the source lead there, one of them through a symlink of the image',
    },
    { hint: 'Leave one of them out (exclude=GLOB).' },
  )
}
