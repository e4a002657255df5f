import { differencesOf } from '../../format/file-text.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { PathEvent, Snapshot, Stack, TreeNode } from '../../overlay/tree.ts'

/** The path whose history is shown, and the version that was marked to be compared with another. */
export type VersionsSlice = { readonly path: FilePath; readonly marked: number | undefined } | undefined

/** The change that one layer made to a path. */
export type Version = {
  readonly layer: number
  readonly event: PathEvent['kind']
  /** The file as it was after that layer; undefined when it was gone. */
  readonly node: TreeNode | undefined
  /** The aspects that it changed in the version before it. */
  readonly changed: readonly string[]
  /** The bytes of this version are in the image and no name shows them. */
  readonly hidden: boolean
}

/** The history of a path through the layers, the base first. */
export function versionsOf(stack: Stack, path: FilePath): readonly Version[] {
  const final = stack.snapshot(stack.changesets.length)
  const versions: Version[] = []
  for (const { layer, kind } of stack.provenance(path)) {
    const node = stack.snapshot(layer + 1).find(path)
    const before = stack.snapshot(layer).find(path)
    const changed = node === undefined || before === undefined ? [] : differencesOf(before, node)
    // A directory that is only passed through is not a version.
    if (kind === 'implied' && before !== undefined && changed.length === 0) continue
    versions.push({ layer, event: kind, node, changed, hidden: node !== undefined && isHidden(node, final) })
  }
  return versions
}

/** Whether the version's content is no longer under its path at the end; content that another name shows is not hidden. */
function isHidden(node: TreeNode, final: Snapshot): boolean {
  if (node.type !== 'file' || node.size === 0) return false
  const now = final.find(node.path)
  if (now?.inode === node.inode) return false
  return now?.content?.layer !== node.content?.layer || now?.content?.entry !== node.content?.entry
}
