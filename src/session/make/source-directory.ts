import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { basename, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { displayPath, type FilePath, joinPath, parentPath, ROOT } from '../../layer/file-path.ts'
import type { IgnoreRules } from '../../make/ignore-rules.ts'
import type { SourceContent, SourceFile, SourceTree } from '../../make/source-tree.ts'
import { systemError } from '../../transport/local-file.ts'
import { type FileXattrs, NO_XATTRS } from './file-xattrs.ts'

export type SourceDirectoryOptions = {
  /** Files that are left out, by paths below the source. */
  readonly ignore?: IgnoreRules | undefined
  readonly xattrs?: FileXattrs | undefined
}

/** Names looked at between two looks at the signal. */
const TURN = 100

/**
 * A directory or a file of this machine. A symlink that is named itself is followed, those below are files of their own; sockets are
 * left out with a word. Nothing is opened but regular files, each without following a link that was put in its place.
 * @throws ImageError `SOURCE_UNREADABLE`
 */
export class SourceDirectory implements SourceTree {
  /** The last part of its name as it was typed, for history. */
  readonly name: string
  readonly diagnostics: Diagnostic[] = []
  readonly #typed: string
  readonly #root: Buffer
  readonly #ignore: IgnoreRules | undefined
  readonly #xattrs: FileXattrs

  constructor(typed: string, { ignore, xattrs = NO_XATTRS }: SourceDirectoryOptions = {}) {
    this.#typed = typed
    this.#root = Buffer.from(resolve(typed))
    this.#ignore = ignore
    this.#xattrs = xattrs
    this.name = basename(typed) || '/'
  }

  async *files(signal?: AbortSignal): AsyncGenerator<SourceFile> {
    const top = this.#attempt(ROOT, () => statSync(this.#root, { bigint: true }))
    const first = this.#file(ROOT, top)
    if (first === undefined) throw this.#unreadable(ROOT, 'it is a socket')
    yield first
    if (!top.isDirectory()) return
    let count = 0
    /** Directories that are left out, until something below is taken back in; by depth. */
    const held: { readonly path: FilePath; readonly file: SourceFile }[] = []
    // Last in, first out: names are pushed in reverse.
    const pending: FilePath[] = this.#names(ROOT)
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (count++ % TURN === 0) {
        await setImmediate()
        signal?.throwIfAborted()
      }
      const ignored = this.#ignore?.ignores(path) === true
      if (ignored && this.#ignore?.mayTakeIn !== true) continue
      const place = path
      const stats = this.#attempt(place, () => lstatSync(this.#place(place), { bigint: true }))
      if (ignored && !stats.isDirectory()) continue
      const file = this.#file(path, stats)
      if (file === undefined) continue
      while (held.length > 0 && !path.startsWith(`${held.at(-1)?.path}/`)) held.pop()
      if (ignored) held.push({ path, file })
      else {
        for (const above of held) yield above.file
        held.length = 0
        yield file
      }
      if (stats.isDirectory()) for (const each of this.#names(path)) pending.push(each)
    }
  }

  open(path: FilePath): SourceContent {
    const place = this.#place(path)
    const follow = path === ROOT ? 0 : constants.O_NOFOLLOW
    const file = this.#attempt(path, () => openSync(place, constants.O_RDONLY | constants.O_NONBLOCK | follow))
    const before = fstatSync(file, { bigint: true })
    let open = true
    const close = () => {
      if (open) closeSync(file)
      open = false
    }
    return {
      read: (into, start, length) => this.#attempt(path, () => readSync(file, into, start, length, null)),
      end: () => {
        const after = fstatSync(file, { bigint: true })
        close()
        if (before.mtimeNs === after.mtimeNs && before.size === after.size) return
        throw new ImageError('SOURCE_CHANGED', {
          action: `add "${this.#shown(path)}"`,
          why: 'it was written to while it was read',
        })
      },
      [Symbol.dispose]: close,
    }
  }

  /** Names in a directory, last first. */
  #names(directory: FilePath): FilePath[] {
    const names = this.#attempt(directory, () => readdirSync(this.#place(directory), { encoding: 'latin1' }))
    return names
      .sort()
      .reverse()
      .map(name => joinPath(directory, name))
  }

  #file(path: FilePath, stats: BigStats): SourceFile | undefined {
    const type = typeOf(stats)
    if (type === undefined) {
      const message = `"${this.#shown(path)}" is left out: it is a socket`
      this.diagnostics.push({ code: 'SOURCE_SKIPPED', severity: 'warning', message })
      return undefined
    }
    const device = type === 'character-device' || type === 'block-device' ? deviceOf(stats.rdev) : undefined
    return {
      path,
      type,
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtime: timeOf(stats.mtimeNs),
      changedAt: stats.ctimeNs,
      size: type === 'file' ? Number(stats.size) : 0,
      target: type === 'symlink' ? this.#attempt(path, () => readlinkSync(this.#place(path), { encoding: 'latin1' })) : undefined,
      device,
      xattrs: this.#xattrs.of(path),
      inode: type !== 'directory' && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined,
    }
  }

  #place(path: FilePath): Buffer {
    return path === ROOT ? this.#root : Buffer.concat([this.#root, SLASH, Buffer.from(path, 'latin1')])
  }

  #shown(path: FilePath): string {
    return path === ROOT ? escapeText(this.#typed) : `${escapeText(this.#typed.replace(/\/+$/, ''))}/${displayPath(path)}`
  }

  #attempt<T>(path: FilePath, act: () => T): T {
    try {
      return act()
    } catch (thrown) {
      if (thrown instanceof ImageError) throw thrown
      const known = systemError(thrown, `read "${this.#shown(path)}"`)
      throw new ImageError('SOURCE_UNREADABLE', known.message, {
        cause: thrown,
        hint:
          path === ROOT
            ? 'Name a file or a directory of this machine.'
            : `Leave it out (exclude=${displayPath(parentPath(path) || path)}), or read it as its owner.`,
      })
    }
  }

  #unreadable(path: FilePath, why: string): ImageError {
    return new ImageError('SOURCE_UNREADABLE', { action: `add "${this.#shown(path)}"`, why })
  }
}

type BigStats = Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isCharacterDevice' | 'isBlockDevice'> & {
  readonly [Field in 'mode' | 'uid' | 'gid' | 'size' | 'rdev' | 'nlink' | 'dev' | 'ino' | 'mtimeNs' | 'ctimeNs']: bigint
}

const SLASH = Buffer.from('/')
const BILLION = 1_000_000_000n

function typeOf(stats: BigStats): SourceFile['type'] | undefined {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isFIFO()) return 'fifo'
  if (stats.isCharacterDevice()) return 'character-device'
  return stats.isBlockDevice() ? 'block-device' : undefined
}

function timeOf(nanoseconds: bigint): SourceFile['mtime'] {
  const rest = ((nanoseconds % BILLION) + BILLION) % BILLION
  return { seconds: Number((nanoseconds - rest) / BILLION), nanoseconds: Number(rest) }
}

/** Linux's encoding of device numbers (glibc's gnu_dev_major and gnu_dev_minor). */
function deviceOf(device: bigint): readonly [major: number, minor: number] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n)
  return [Number(major), Number(minor)]
}
