import { setImmediate } from 'node:timers/promises'
import { TAR_END, tarHeader, tarPaddingBytes } from '../blob/tar-writer.ts'
import { ImageError } from '../error.ts'
import { displayPath, type FilePath, parentPath } from '../layer/file-path.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { tarMemberOf } from '../rebuild/layer-tar.ts'
import type { ExtractOptions } from './extract-tree.ts'
import { pathOrder } from './path-order.ts'

/** How many headers are made between two looks at the abort signal. */
const TURN = 500

/** The contents of a tar of a tree, filled while it is written. */
export type TarCounts = { files: number; bytes: number }

/**
 * `top` and all below it as a tar, with owners, modes, times, devices, links and extended attributes. Members are named as
 * below the directory that holds `top`; of the whole tree, as below its root.
 *
 * The same tree gives the same bytes: first what has no content, then the files in the order in which the layers hold them,
 * so that each layer is passed once, then further names of files, then directories, children before parents: GNU tar sets a
 * directory's time and mode as soon as a member lies elsewhere, and what came later would change the time again.
 * @throws ImageError `LAYER_DAMAGED` for a file whose content is not there, and as the reading
 */
export async function* treeTar(
  snapshot: Snapshot,
  top: TreeNode,
  { signal, read, onProgress }: Pick<ExtractOptions, 'signal' | 'read' | 'onProgress'>,
  counts: TarCounts,
): AsyncGenerator<Uint8Array> {
  const above = parentPath(top.path)
  const named = (path: FilePath) => (above === '' ? path : (path.slice(above.length + 1) as FilePath))
  const header = (node: TreeNode, link?: FilePath) => tarHeader(tarMemberOf(node, named(node.path), link && named(link)))
  const files = new Map<FilePath, TreeNode>()
  const directories: TreeNode[] = []
  const links: [name: TreeNode, first: FilePath][] = []
  const firstNames = new Map<number, FilePath>()
  let [seen, total] = [0, 0]
  for (const node of top.path === '' ? [top, ...pathOrder(snapshot, top)] : pathOrder(snapshot, top)) {
    if (seen++ % TURN === 0) await nextTurn(signal)
    const first = node.links > 1 && node.type !== 'directory' ? firstNames.get(node.inode) : undefined
    if (node.links > 1 && first === undefined) firstNames.set(node.inode, node.path)
    if (node.type === 'file') counts.files++
    if (node.type === 'directory') directories.push(node)
    else if (first !== undefined) links.push([node, first])
    else if (node.type === 'file' && node.size > 0) {
      files.set(node.path, node)
      total += node.size
    } else yield header(node)
  }
  for await (const [node, content] of read([...files.values()])) {
    signal.throwIfAborted()
    yield header(node)
    let size = 0
    for await (const chunk of content) {
      size += chunk.byteLength
      if (size > node.size) break
      counts.bytes += chunk.byteLength
      onProgress?.(counts.bytes, total)
      yield chunk
    }
    if (size !== node.size) throw missing(node.path)
    yield tarPaddingBytes(size)
    files.delete(node.path)
  }
  for (const path of files.keys()) throw missing(path)
  for (const [node, first] of links) {
    if (seen++ % TURN === 0) await nextTurn(signal)
    yield header(node, first)
  }
  for (const node of directories.reverse()) {
    if (seen++ % TURN === 0) await nextTurn(signal)
    yield header(node)
  }
  yield TAR_END
}

async function nextTurn(signal: AbortSignal): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

function missing(path: FilePath): ImageError {
  return new ImageError('LAYER_DAMAGED', `Cannot extract "${displayPath(path)}": its layer does not hold all of its bytes`)
}
