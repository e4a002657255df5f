import { ImageError } from '../error.ts'
import { type Changeset, entryAt, entryPath } from '../layer/changeset.ts'
import type { Entry } from '../layer/entry.ts'
import { displayPath, type FilePath, typedPath } from '../layer/file-path.ts'
import type { Snapshot } from '../overlay/tree.ts'

export type LayerEntry = {
  readonly entry: Entry
  /** Undefined where that would need the layers below, and they were not read. */
  readonly change: 'added' | 'modified' | 'removed' | undefined
}

/**
 * The entries of one layer at and below a path, ordered bytewise by path, each with what it does to the tree `below` the layer.
 * Bookkeeping of builders is left out, the root too.
 * @throws ImageError `PATH_NOT_FOUND`
 */
export function* layerEntries(
  changeset: Changeset,
  below: Snapshot | undefined,
  position: number,
  path: string,
): Generator<LayerEntry> {
  const wanted = typedPath(path)
  let count = 0
  for (const index of pathSorted(changeset, wanted)) {
    const entry = entryAt(changeset, index)
    if (entry.bookkeeping || (entry.path === '' && entry.type !== 'opaque')) continue
    count += 1
    yield { entry, change: changeOf(entry, below) }
  }
  if (count === 0 && wanted !== '') {
    throw new ImageError(
      'PATH_NOT_FOUND',
      `Cannot find "${displayPath(wanted)}" in layer ${position + 1}: it has no such entry`,
      {
        hint: 'Without --layer the whole image is searched.',
      },
    )
  }
}

/** One of them again. */
export function layerEntry(changeset: Changeset, below: Snapshot | undefined, index: number): LayerEntry {
  const entry = entryAt(changeset, index)
  return { entry, change: changeOf(entry, below) }
}

/** Positions of the entries, by path; entries of one path stay in tar order. */
function pathSorted(changeset: Changeset, wanted: FilePath): readonly number[] {
  const paths: FilePath[] = []
  const indexes: number[] = []
  for (let index = 0; index < changeset.length; index++) {
    const path = entryPath(changeset, index)
    paths.push(path)
    if (wanted === '' || path === wanted || path.startsWith(`${wanted}/`)) indexes.push(index)
  }
  return indexes.sort((a, b) => {
    const [left = '', right = ''] = [paths[a], paths[b]]
    return left < right ? -1 : left > right ? 1 : a - b
  })
}

function changeOf(entry: Entry, below: Snapshot | undefined): LayerEntry['change'] {
  if (entry.type === 'whiteout' || entry.type === 'opaque') return 'removed'
  if (below === undefined) return undefined
  return below.find(entry.path) === undefined ? 'added' : 'modified'
}
