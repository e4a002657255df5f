import type { TreeNode } from '../../overlay/tree.ts'
import { wantOf } from '../find-node.ts'
import type { Contents, Hit, Layers, Want } from '../rule.ts'
import { ownerOf } from './file-rows.ts'

/** Files looked into by one rule. */
export const FILES_LIMIT = 500
/** Bytes of a text that are looked at. */
export const TEXT_BYTES = 256 * 1024

export function place(node: TreeNode, detail: string): Hit {
  return { path: node.path, layer: node.layer, bytes: node.size, detail, ...(node.sha256 !== undefined && { key: node.sha256 }) }
}

export function contentOf(contents: Contents, { content }: TreeNode): Uint8Array | undefined {
  return content && contents.get(content.layer, content.entry)
}

export function isPublished(layers: Layers, node: TreeNode): boolean {
  return ownerOf(layers, node)?.published === 'proven'
}

export function* unowned(layers: Layers, nodes: readonly TreeNode[], bytes: number): Generator<Want> {
  for (const node of nodes) if (!isPublished(layers, node)) yield* wantOf(node, bytes)
}
