import { type Changeset, entryPath } from '../layer/changeset.ts'
import { type FilePath, ROOT } from '../layer/file-path.ts'
import { typeOf } from './layer-entries.ts'
import type { MergedTree } from './merged-tree.ts'
import { NO_PATH } from './path-table.ts'
import type { PathEvent } from './tree.ts'
import { NO_ENTRY, NO_VERSION, type VersionId } from './version-table.ts'

/** Every layer before layer `layers` that wrote or removed the path, base first, writings of one layer in tar order. */
export function provenanceOf(tree: MergedTree, path: FilePath, layers: number): PathEvent[] {
  const id = tree.paths.find(path)
  if (id === NO_PATH) return []
  const versions: VersionId[] = []
  for (let version = tree.versions.latest(id); version !== NO_VERSION; version = tree.versions.previous(version))
    if (tree.versions.layer(version) < layers) versions.push(version)
  const events = versions.reverse().flatMap(version => [...eventsOf(tree, path, version, layers)])
  return path === ROOT ? events.slice(1) : events
}

function* eventsOf(tree: MergedTree, path: FilePath, version: VersionId, layers: number): Generator<PathEvent> {
  const { versions } = tree
  const [layer, entry, hiddenBy, cause] = [
    versions.layer(version),
    versions.entry(version),
    versions.hiddenBy(version),
    versions.cause(version),
  ]
  if (hiddenBy === layer && cause === 'unused') return
  yield { layer, entry: entry === NO_ENTRY ? undefined : entry, kind: entry === NO_ENTRY ? 'implied' : 'written' }
  if (hiddenBy === undefined || hiddenBy === layer || hiddenBy >= layers || isRewritten(tree, version, hiddenBy)) return
  const changeset = tree.changesets[hiddenBy]
  const marker = changeset && markerOf(changeset, path, cause === 'opaque')
  yield { layer: hiddenBy, entry: marker, kind: cause === 'opaque' ? 'opaque' : 'removed' }
}

/** Whether the layer that hid the version put another one in its place. */
function isRewritten({ versions }: MergedTree, version: VersionId, layer: number): boolean {
  const path = versions.path(version)
  for (let later = versions.latest(path); later > version; later = versions.previous(later))
    if (versions.layer(later) === layer && versions.hiddenBy(later) !== layer) return true
  return false
}

/** The whiteout or opaque of the layer that says so of the path or of a directory above it; the nearest one. */
function markerOf(changeset: Changeset, path: FilePath, isOpaque: boolean): number | undefined {
  let [nearest, length] = [undefined as number | undefined, -1]
  for (let index = 0; index < changeset.length; index++) {
    if (typeOf(changeset, index) !== (isOpaque ? 'opaque' : 'whiteout')) continue
    const marked = entryPath(changeset, index)
    const isAbove = marked === ROOT || path === marked || path.startsWith(`${marked}/`)
    if (isAbove && marked.length > length) [nearest, length] = [index, marked.length]
  }
  return nearest
}
