import type { FilePath } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { TargetTree } from './target-tree.ts'

/**
 * Compares the hard-link groups of two shapes. Names of an inode are asked for once, and two groups are compared once: a
 * hundred thousand names of one inode cost a hundred thousand steps, not their square.
 */
export class LinkGroups {
  readonly #lower: NamesOfShape
  readonly #upper: NamesOfShape
  readonly #same = new Map<string, boolean>()

  constructor(lower: TargetTree, upper: TargetTree) {
    this.#lower = new NamesOfShape(lower)
    this.#upper = new NamesOfShape(upper)
  }

  /** Whether two nodes of one path share their inodes with the same names. */
  same(lower: TreeNode, upper: TreeNode): boolean {
    if (lower.links !== upper.links) return false
    if (lower.links <= 1 || lower.type === 'directory') return true
    const key = `${lower.inode}:${upper.inode}`
    const known = this.#same.get(key)
    if (known !== undefined) return known
    const [names, others] = [this.#lower.of(lower), this.#upper.of(upper)]
    const same = names.length === others.length && names.every((name, index) => name === others[index])
    this.#same.set(key, same)
    return same
  }
}

class NamesOfShape {
  readonly #shape: TargetTree
  readonly #known = new Map<number, readonly FilePath[]>()

  constructor(shape: TargetTree) {
    this.#shape = shape
  }

  of(node: TreeNode): readonly FilePath[] {
    const names = this.#known.get(node.inode) ?? this.#shape.names(node)
    this.#known.set(node.inode, names)
    return names
  }
}
