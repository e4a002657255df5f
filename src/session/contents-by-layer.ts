import type { TreeNode } from '../overlay/tree.ts'
import type { FileContent } from '../worker/read-files.ts'

/** The contents of files, grouped by the layer that carries them; `read` passes over one layer once. */
export async function* contentsByLayer(
  files: readonly TreeNode[],
  read: (layer: number, entries: readonly number[]) => AsyncIterable<FileContent> | undefined,
): AsyncGenerator<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]> {
  const byLayer = new Map<number, Map<number, TreeNode>>()
  for (const file of files) {
    if (file.content === undefined) continue
    const { layer, entry } = file.content
    byLayer.set(layer, (byLayer.get(layer) ?? new Map()).set(entry, file))
  }
  for (const [layer, wanted] of byLayer) {
    for await (const { entry, bytes } of read(layer, [...wanted.keys()]) ?? []) {
      const file = wanted.get(entry)
      if (file !== undefined) yield [file, bytes]
    }
  }
}
