import type { Diagnostic } from '../error.ts'
import type { NodeType, Timestamp, Xattr } from '../layer/entry.ts'
import type { FilePath } from '../layer/file-path.ts'

/** A file of this machine, as it shall go into an image; a value for one step of a walk, not kept. */
export type SourceFile = {
  /** Relative to what is added; empty for that itself. */
  readonly path: FilePath
  readonly type: NodeType
  /** Permission, set-id and sticky bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: Timestamp
  /** When anything of it changed last, in nanoseconds; 0 where it is not known. */
  readonly changedAt: bigint
  /** Bytes of a regular file. */
  readonly size: number
  readonly target: string | undefined
  readonly device: readonly [major: number, minor: number] | undefined
  readonly xattrs: readonly Xattr[]
  /** Which inode it is, where that has several names on this machine. */
  readonly inode: string | undefined
}

/** A directory or a file of this machine, read as it is asked for. */
export interface SourceTree {
  /** The files to add, parents before children, siblings bytewise. @throws ImageError when something cannot be read */
  files(signal?: AbortSignal): AsyncIterable<SourceFile>
  /** Opens a regular file. @throws ImageError when it cannot be read */
  open(path: FilePath): SourceContent
  /** Files that were left out, and why; complete when the files have been walked. */
  readonly diagnostics: readonly Diagnostic[]
}

/** A regular file, read from front to back. */
export interface SourceContent extends Disposable {
  /** How many bytes were read into `into`, 0 at the end. @throws ImageError when it cannot be read */
  read(into: Buffer, start: number, length: number): number
  /** Closes it. @throws ImageError `SOURCE_CHANGED` when it was written to while it was read */
  end(): void
  [Symbol.dispose](): void
}
