import type { NodeType } from '../../../src/layer/entry.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import type { SourceFile, SourceTree } from '../../../src/make/source-tree.ts'

/** A file to add, as test code; what is not named has a default. */
export type TreeFile = {
  readonly path: string
  readonly type?: NodeType
  readonly content?: string
  readonly mode?: number
  readonly uid?: number
  readonly mtime?: number
  readonly target?: string
  readonly inode?: string
}

/** A tree of files that lies nowhere, in the order given; `opened` lists what was read, each time it was. */
export function memoryTree(files: readonly TreeFile[]): SourceTree & { readonly opened: readonly string[] } {
  const opened: string[] = []
  return {
    opened,
    diagnostics: [],
    async *files() {
      for (const file of files) yield sourceFile(file)
    },
    open(path) {
      opened.push(path)
      const bytes = Buffer.from(files.find(each => each.path === path)?.content ?? '', 'latin1')
      let at = 0
      return {
        read(into, start, length) {
          const count = bytes.copy(into, start, at, at + length)
          at += count
          return count
        },
        end: () => {},
        [Symbol.dispose]: () => {},
      }
    },
  }
}

function sourceFile({
  path,
  type = 'file',
  content = '',
  mode,
  uid = 0,
  mtime = 1_700_000_000,
  target,
  inode,
}: TreeFile): SourceFile {
  return {
    path: path as FilePath,
    type,
    mode: mode ?? (type === 'directory' ? 0o755 : 0o644),
    uid,
    gid: 0,
    mtime: { seconds: mtime, nanoseconds: 0 },
    changedAt: 0n,
    size: type === 'file' ? Buffer.byteLength(content, 'latin1') : 0,
    target: type === 'symlink' ? (target ?? 'a') : undefined,
    device: undefined,
    xattrs: [],
    inode,
  }
}
