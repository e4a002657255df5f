import { STEP, type Steps } from '../../overlay/steps.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { addTo } from '../../sums.ts'
import type { InstalledPackage, Ownership } from '../ownership.ts'

/** Visible content bytes of a package's files by the layer that carries them, each inode once; layers without any are left out. */
export function bytesByLayer(snapshot: Snapshot, { files }: InstalledPackage): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>()
  const inodes = new Set<number>()
  for (const path of files) {
    const node = snapshot.find(path)
    if (node?.content === undefined || node.type !== 'file' || inodes.has(node.inode)) continue
    inodes.add(node.inode)
    addTo(bytes, node.content.layer, node.size)
  }
  return bytes
}

/** Regular files of the image that no database lists and that lie in no package's directory, in the order of the tree. */
export function* unownedFiles(snapshot: Snapshot, ownership: Ownership): Steps<readonly TreeNode[]> {
  const unowned: TreeNode[] = []
  let steps = 0
  for (const node of snapshot.walk()) {
    if (++steps % STEP === 0) yield
    if (node.type !== 'file' || node.content === undefined) continue
    if (ownership.ownerOf(node.path, node.content.layer, node.content.entry) === undefined) unowned.push(node)
  }
  return unowned
}
