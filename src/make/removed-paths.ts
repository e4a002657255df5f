import { detachedEntry } from '../blob/tar-member.ts'
import type { Changeset } from '../layer/changeset.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import { type FilePath, parentPath } from '../layer/file-path.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { whiteoutPath } from '../rebuild/flatten.ts'
import type { SourceTree } from './source-tree.ts'

/** The same tree, whose paths are put into `seen` as they pass. */
export function watched(tree: SourceTree, seen: Set<FilePath>): SourceTree {
  return {
    async *files(signal) {
      for await (const file of tree.files(signal)) {
        seen.add(file.path)
        yield file
      }
    },
    open: path => tree.open(path),
    get diagnostics() {
      return tree.diagnostics
    },
  }
}

/** The topmost names that are not among those seen. */
export function goneFrom(below: Snapshot, seen: ReadonlySet<FilePath>): readonly FilePath[] {
  const gone: FilePath[] = []
  for (const { path } of below.walk()) if (!seen.has(path) && seen.has(parentPath(path))) gone.push(path)
  return gone
}

/** A layer of whiteouts alone, one for each path. */
export function whiteoutsOf(places: readonly FilePath[]): Changeset {
  const builder = new ChangesetBuilder()
  for (const place of places) builder.add(detachedEntry({ name: whiteoutPath(place), typeflag: '0', mode: 0o644 }))
  return builder.finish()
}
