import type { FilePath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { Layers } from '../rule.ts'
import { FILES_LIMIT } from './file-hit.ts'
import { ownerOf } from './file-rows.ts'

const ODD_DIRECTORIES = ['tmp', 'var/tmp', 'dev/shm', 'run', 'var/run', 'dev']

/** Executable files in odd places, at most so many. */
export function oddPrograms(layers: Layers): readonly TreeNode[] {
  const known = ODD.get(layers)
  if (known !== undefined) return known
  const { snapshot, index } = layers
  const found = new Map<number, TreeNode>()
  for (const path of ODD_DIRECTORIES) {
    const directory = snapshot.find(path as FilePath)
    if (directory?.type === 'directory') collect(layers, directory, found)
  }
  for (const parent of [
    'usr/share',
    'usr/lib',
    'usr/bin',
    'usr/local/share',
    'usr/local/bin',
    'var/lib',
    'var',
    'usr',
    'etc',
    '',
  ]) {
    const directory = snapshot.find(parent as FilePath)
    if (directory === undefined) continue
    for (const child of snapshot.children(directory))
      if (child.type === 'directory' && HIDDEN.test(child.name)) collect(layers, child, found)
  }
  for (const id of index.named.dots) {
    const node = snapshot.node(id)
    if (node?.type === 'directory') collect(layers, node, found)
    else if (node !== undefined && isProgram(node)) found.set(node.id, node)
  }
  const nodes = [...found.values()]
  ODD.set(layers, nodes)
  return nodes
}

const ODD = new WeakMap<Layers, readonly TreeNode[]>()

/** `.x`, and not what tools of developers are called, nor docker's and the X server's own. */
const HIDDEN =
  /^\.(?!local$|cargo$|rustup$|nvm$|npm|cache$|config$|venv|git$|build-id$|dockerenv$|X11-unix$|ICE-unix$|font-unix$|\.)/

function collect(layers: Layers, top: TreeNode, found: Map<number, TreeNode>): void {
  const pending = [top]
  let looked = 0
  for (let each = pending.pop(); each !== undefined && found.size < FILES_LIMIT && looked < 200_000; each = pending.pop()) {
    for (const child of layers.snapshot.children(each)) {
      looked++
      if (child.type === 'directory') pending.push(child)
      else if (isProgram(child) && ownerOf(layers, child) === undefined) found.set(child.id, child)
    }
  }
}

function isProgram({ type, mode }: TreeNode): boolean {
  return type === 'file' && (mode & 0o111) !== 0
}
