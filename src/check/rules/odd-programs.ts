import type { FilePath } from '../../layer/file-path.ts'
import { nodesBelow, nodesOf } from '../../overlay/node-steps.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { Layers } from '../rule.ts'
import { FILES_LIMIT } from './file-hit.ts'
import { ownerOf } from './file-rows.ts'

const ODD_DIRECTORIES = ['tmp', 'var/tmp', 'dev/shm', 'run', 'var/run', 'dev']

/** Executable files in odd places, at most so many, in small steps. */
export function* oddPrograms(layers: Layers): Steps<readonly TreeNode[]> {
  const known = ODD.get(layers)
  if (known !== undefined) return known
  const { snapshot, index } = layers
  const found = new Map<number, TreeNode>()
  for (const path of ODD_DIRECTORIES) {
    const directory = snapshot.find(path as FilePath)
    if (directory?.type === 'directory') yield* collect(layers, directory, found)
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
    for (const child of snapshot.childSteps(directory)) {
      if (child === undefined) yield
      else if (child.type === 'directory' && HIDDEN.test(child.name)) yield* collect(layers, child, found)
    }
  }
  for (const node of nodesOf(snapshot, index.named.dots)) {
    if (node === undefined) yield
    else if (node.type === 'directory') yield* collect(layers, node, found)
    else if (isProgram(node)) found.set(node.id, node)
  }
  const nodes = [...found.values()]
  ODD.set(layers, nodes)
  return nodes
}

const ODD = new WeakMap<Layers, readonly TreeNode[]>()

/** `.x`, and not what tools of developers are called, nor docker's and the X server's own. */
const HIDDEN =
  /^\.(?!local$|cargo$|rustup$|nvm$|npm|cache$|config$|venv|git$|build-id$|dockerenv$|X11-unix$|ICE-unix$|font-unix$|\.)/

/** Nodes that are looked at below one directory. */
const LOOKED_LIMIT = 200_000

function* collect(layers: Layers, top: TreeNode, found: Map<number, TreeNode>): Steps<void> {
  let looked = 0
  for (const node of nodesBelow(layers.snapshot, top)) {
    if (found.size >= FILES_LIMIT || looked >= LOOKED_LIMIT) return
    if (node === undefined) {
      yield
      continue
    }
    looked++
    if (isProgram(node) && ownerOf(layers, node) === undefined) found.set(node.id, node)
  }
}

function isProgram({ type, mode }: TreeNode): boolean {
  return type === 'file' && (mode & 0o111) !== 0
}
