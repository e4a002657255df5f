import type { ByteText } from '../../blob/byte-text.ts'
import type { Entry, Timestamp, Xattr } from '../../layer/entry.ts'
import { displayPath, type FilePath, pathBytes, pathText } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { WholeBlob } from '../../session/artifact/artifact-tree.ts'

/** A file in `peel ls --json` (cli.md): exact data; fields that say nothing about the file are left out. */
export type FileJson = {
  readonly path: string
  /** Where the path is not UTF-8: its bytes. */
  readonly pathBase64?: string
  readonly type: string
  readonly change?: 'added' | 'modified' | 'removed'
  /** Four octal digits. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** RFC 3339 to the nanosecond; null for a directory that no entry describes. */
  readonly mtime: string | null
  readonly size?: number
  readonly sha256?: string
  readonly target?: string
  readonly targetBase64?: string
  readonly device?: readonly [number, number]
  /** Position, 0 first. */
  readonly layer: number
  /** All names of the inode where there are several. */
  readonly links?: readonly string[]
  /** Of a file that is a whole blob of an artifact: the blob's, and what its bytes are. */
  readonly digest?: string
  readonly kind?: string
  /** Values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>
}

export function nodeJson(node: TreeNode, names: () => readonly FilePath[]): FileJson {
  return {
    ...exactPath(node.path),
    type: node.type,
    ...attributes(node),
    layer: node.layer,
    ...(node.links > 1 && node.type !== 'directory' && { links: names().map(exactText) }),
    ...xattrsJson(node.xattrs),
  }
}

/** The same for a file that is a whole blob of an artifact, which has no time. */
export function wholeBlobJson(file: FileJson, { digest, kind }: WholeBlob): FileJson {
  return { ...file, mtime: null, digest, ...(kind !== undefined && { kind }) }
}

export function entryJson(entry: Entry, layer: number, change: FileJson['change']): FileJson {
  return {
    ...exactPath(entry.path),
    type: entry.type,
    ...(change !== undefined && { change }),
    ...attributes(entry),
    layer,
    ...xattrsJson(entry.xattrs),
  }
}

/** The path as JSON has it: exact where it is UTF-8, stray bytes as `\xNN` where not (its bytes stand beside it). */
export function exactText(path: ByteText): string {
  return pathText(path) ?? displayPath(path)
}

export function exactPath(path: ByteText): { readonly path: string; readonly pathBase64?: string } {
  const text = pathText(path)
  return text === undefined ? { path: displayPath(path), pathBase64: pathBytes(path).toString('base64') } : { path: text }
}

/** RFC 3339 in UTC, with nine digits of a second where there are any; null where there is no time. */
export function exactTime(time: Timestamp | undefined): string | null {
  if (time === undefined) return null
  const date = new Date(time.seconds * 1000)
  // Times beyond the year 275,760 have no calendar date here.
  if (Number.isNaN(date.getTime())) return `@${time.seconds}`
  const fraction = time.nanoseconds === 0 ? '' : `.${String(time.nanoseconds).padStart(9, '0')}`
  return date.toISOString().replace(/\.\d+Z$/, `${fraction}Z`)
}

function attributes(file: TreeNode | Entry) {
  const { target } = file
  return {
    mode: file.mode.toString(8).padStart(4, '0'),
    uid: file.uid,
    gid: file.gid,
    mtime: exactTime(file.mtime),
    ...(file.type === 'file' && { size: file.size, ...(file.sha256 !== undefined && { sha256: file.sha256 }) }),
    ...(target !== undefined && targetJson(target)),
    ...(file.device !== undefined && { device: file.device }),
  }
}

/** One character per byte, as paths are. */
function targetJson(target: ByteText): { readonly target: string; readonly targetBase64?: string } {
  const { path, pathBase64 } = exactPath(target)
  return { target: path, ...(pathBase64 !== undefined && { targetBase64: pathBase64 }) }
}

function xattrsJson(xattrs: readonly Xattr[]): { readonly xattrs?: Readonly<Record<string, string>> } {
  if (xattrs.length === 0) return {}
  return {
    xattrs: Object.fromEntries(xattrs.map(([name, value]) => [exactText(name), Buffer.from(value).toString('base64')])),
  }
}
