import { closeSync, constants, linkSync, mkdirSync, openSync, symlinkSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { ImageError } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { displayPath, type FilePath, pathBytes } from '../layer/file-path.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { errorCode } from '../transport/text/usual-text.ts'
import { checkRoomForFiles } from '../worker/spool/free-room.ts'
import { SparseWriter } from '../worker/spool/sparse-writer.ts'
import { type AttributeRules, applyAttributes, makeSpecial, restoreXattrs } from './extract-attributes.ts'
import { pathOrder } from './path-order.ts'

export type ExtractOptions = AttributeRules & {
  readonly signal: AbortSignal
  /** Contents of regular files, each in its turn, in any order. */
  readonly read: (files: readonly TreeNode[]) => AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]>
  /** Bytes written so far, of all. */
  readonly onProgress?: (bytes: number, total: number) => void
}

export type Extracted = {
  readonly files: number
  readonly bytes: number
  /** Devices and fifos that were left out. */
  readonly skipped: readonly FilePath[]
  /** Symlinks whose target is absolute or climbs above the extracted tree: written as they are, never followed. */
  readonly outside: readonly FilePath[]
}

/**
 * Writes `top` and all below it to the new path `destination`, which must not exist.
 *
 * Never outside of it: the tree comes from a snapshot, so a name lies below real directories that this run has made; every
 * file is created (`O_EXCL`, `O_NOFOLLOW`), none is opened; nothing is written through a symlink.
 */
export async function extractTree(
  snapshot: Snapshot,
  top: TreeNode,
  destination: string,
  options: ExtractOptions,
): Promise<Extracted> {
  const base = Buffer.from(destination)
  const place = (path: FilePath) => {
    const below = top.path === '' ? pathBytes(path) : pathBytes(path).subarray(pathBytes(top.path).length + 1)
    return below.length === 0 ? base : Buffer.concat([base, SLASH, below])
  }
  const sorted = await makeTree(snapshot, top, place, options)
  checkRoomForFiles(destination, sorted.files)
  const bytes = await writeFiles(sorted.files, place, options)
  const each = <Item>(items: readonly Item[], act: (item: Item) => void) => inTurns(items, act, options.signal)
  await each(sorted.special, node => attempt(node.path, () => makeSpecial(node, place(node.path))))
  await each(sorted.links, ([name, first]) => attempt(name.path, () => linkSync(place(first.path), place(name.path))))
  // Children first: a directory's time and a read-only mode must come after what is put into it.
  await each(sorted.others.reverse(), node => attempt(node.path, () => applyAttributes(node, place(node.path), options)))
  if (options.preserve) restoreXattrs(sorted.xattrs, place)
  const { skipped, outside } = sorted
  return { files: sorted.files.length + sorted.links.length, bytes, skipped, outside }
}

type Sorted = {
  readonly files: TreeNode[]
  /** Further names of what is no directory, with the one that was written. */
  readonly links: [name: TreeNode, first: TreeNode][]
  readonly special: TreeNode[]
  /** Directories and symlinks, already made, parents first. */
  readonly others: TreeNode[]
  readonly xattrs: TreeNode[]
  readonly skipped: FilePath[]
  readonly outside: FilePath[]
}
type PathOnDisk = (path: FilePath) => Buffer

const SLASH = Buffer.from('/')
/** How many names are made between two looks at the abort signal. */
const TURN = 200
/** How many bytes are written between two. */
const TURN_BYTES = 4 * 1024 * 1024

/** Acts on many names; between turns of them a signal is heard. */
async function inTurns<Item>(items: readonly Item[], act: (item: Item) => void, signal: AbortSignal): Promise<void> {
  for (const [count, item] of items.entries()) {
    if (count % TURN === TURN - 1) await pause(signal)
    act(item)
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

/** Makes directories and symlinks, and sorts the rest. */
async function makeTree(snapshot: Snapshot, top: TreeNode, place: PathOnDisk, options: ExtractOptions): Promise<Sorted> {
  const sorted: Sorted = { files: [], links: [], special: [], others: [], xattrs: [], skipped: [], outside: [] }
  const firstNames = new Map<number, TreeNode>()
  let count = 0
  for (const node of top.path === '' ? [top, ...pathOrder(snapshot, top)] : pathOrder(snapshot, top)) {
    if (count++ % TURN === 0) await pause(options.signal)
    const first = node.links > 1 && node.type !== 'directory' ? firstNames.get(node.inode) : undefined
    if (first !== undefined) sorted.links.push([node, first])
    else if (makeOne(node, place, sorted, options) && node.links > 1) firstNames.set(node.inode, node)
    if (first === undefined && node.xattrs.length > 0) sorted.xattrs.push(node)
    if (node.type === 'symlink' && leadsOutside(node, top)) sorted.outside.push(node.path)
  }
  return sorted
}

/** Whether the name will exist. */
function makeOne(node: TreeNode, place: PathOnDisk, sorted: Sorted, options: ExtractOptions): boolean {
  if (node.type === 'file') sorted.files.push(node)
  else if (node.type === 'directory') {
    attempt(node.path, () => mkdirSync(place(node.path), 0o700))
    sorted.others.push(node)
  } else if (node.type === 'symlink') {
    attempt(node.path, () => symlinkSync(Buffer.from(node.target ?? '', 'latin1'), place(node.path)))
    sorted.others.push(node)
  } else if (options.preserve) sorted.special.push(node)
  else {
    sorted.skipped.push(node.path)
    return false
  }
  return true
}

async function writeFiles(files: readonly TreeNode[], place: PathOnDisk, options: ExtractOptions): Promise<number> {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let bytes = 0
  let turnAt = 0
  let count = 0
  const write = async (node: TreeNode, content: AsyncIterable<Uint8Array>) => {
    options.signal.throwIfAborted()
    // Small files are never as much as a turn of bytes.
    if (++count % TURN === 0) await pause(options.signal)
    const target = place(node.path)
    const file = attempt(node.path, () => openSync(target, NEW_FILE, 0o600))
    try {
      const writer = new SparseWriter(file)
      for await (const chunk of content) {
        attempt(node.path, () => writer.write(chunk))
        bytes += chunk.byteLength
        options.onProgress?.(bytes, total)
        if (bytes < turnAt) continue
        // Inflating and writing may go on without ever waiting: a signal is heard only between.
        turnAt = bytes + TURN_BYTES
        await pause(options.signal)
      }
      attempt(node.path, () => writer.end())
    } finally {
      closeSync(file)
    }
    attempt(node.path, () => applyAttributes(node, target, options))
  }
  for (const node of files) if (node.size === 0) await write(node, nothing())
  for await (const [node, content] of options.read(files.filter(({ size }) => size > 0))) await write(node, content)
  return bytes
}

const NEW_FILE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
async function* nothing(): AsyncGenerator<Uint8Array> {}

function leadsOutside(link: TreeNode, top: TreeNode): boolean {
  const target = link.target ?? ''
  if (target.startsWith('/')) return true
  const depth = (path: string) => (path === '' ? 0 : path.split('/').length)
  let level = depth(link.path) - depth(top.path) - 1
  for (const component of target.split('/')) {
    if (component === '..') level -= 1
    else if (component !== '' && component !== '.') level += 1
    if (level < 0) return true
  }
  return false
}

/** Puts the image's path into the system's error: the file on disk lies under a temporary name that the user did not type. */
function attempt<T>(path: FilePath, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof ImageError) throw error
    const system = errorCode(error) ?? ''
    const hint =
      system === 'EPERM' ? 'Owners, devices and set-id bits need root; leave out --preserve to do without them.' : undefined
    throw new ImageError(
      CODES[system] ?? 'EXTRACT_FAILED',
      `Cannot extract "${displayPath(path)}": ${WHY[system] ?? String(error)}`,
      {
        cause: error,
        ...(hint !== undefined && { hint }),
      },
    )
  }
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'NO_SPACE',
  EPERM: 'PERMISSION_DENIED',
  EACCES: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the file system or ulimit -f allows',
  EPERM: 'the operation is not permitted',
  EACCES: 'permission denied',
  EEXIST: 'a file of this name is already there (two names may be one on this file system)',
  ENAMETOOLONG: 'the name is too long for this file system',
  EILSEQ: 'this file system does not take such a name',
  EINVAL: 'this file system does not take such a name',
  EROFS: 'the file system is read-only',
}
