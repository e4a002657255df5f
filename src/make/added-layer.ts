import { detachedEntry, type TarMemberInput } from '../blob/tar-member.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import { ByteColumn } from '../layer/changeset-columns.ts'
import type { NodeType } from '../layer/entry.ts'
import { baseName, displayPath, type FilePath, joinPath, parentPath, ROOT, typedPath } from '../layer/file-path.ts'
import { resolvePath, resolvePlace } from '../overlay/resolve.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { TAR_TYPES } from '../rebuild/layer-tar.ts'
import { isBelow } from '../rebuild/target-tree.ts'
import { AddedBytes, contentHash } from './added-bytes.ts'
import { checkDistinct } from './distinct-places.ts'
import { type SettledFile, sameAttributes } from './same-source.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'

/** How files of this machine become files of an image. */
export type AddRules = {
  /** Where to, as typed; a slash at its end says that it is a directory. */
  readonly target: string
  /** Last part of the name that was added, for a file that goes into a directory. */
  readonly name: string
  readonly owner: (file: Pick<SourceFile, 'path' | 'uid' | 'gid'>) => readonly [uid: number, gid: number]
  /** Permission bits of files and directories; undefined: those they have. */
  readonly mode: number | undefined
  /** Bits that no file gets; 0o022 unless everything is kept. */
  readonly mask: number
  readonly keepTimes: boolean
  /** The source is the image's whole tree: a directory in the place of a symlink replaces it. */
  readonly whole?: boolean
  /** Files that are not the source's own: left out where the image has nothing there. */
  readonly placeholders?: ReadonlySet<FilePath>
  /** A file whose attributes are the image's was not written to after this time, in nanoseconds: it is not read to be sure. */
  readonly unreadBefore?: bigint
}

/** The changes of an addition, as one changeset over the tree below it. */
export type Added = {
  readonly changeset: Changeset
  readonly bytes: AddedBytes
  /** Files that the image has already, as they are. */
  readonly unchanged: number
  /** The newest time of a regular file, in whole seconds, of those that the image has already too; undefined without one. */
  readonly newest: number | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** Gives what was added this time, in seconds since the epoch; with `keepTimes` only directories that no source describes. */
  setTimes(seconds: number): void
}

/**
 * Lays what a source has over a tree: entries for what the tree has not, or has differently. Directories merge; a directory goes
 * through a symlink that leads to one, as a copy would; a directory that is the target itself stays as it is.
 * @throws ImageError `TARGET_IS_DIRECTORY`, `SYMLINK_LOOP`, and those of the source
 */
export async function addedLayer(tree: SourceTree, rules: AddRules, below: Snapshot, signal?: AbortSignal): Promise<Added> {
  const adder = new Adder(tree, rules, below, signal)
  for await (const file of tree.files(signal)) await adder.add(file)
  return await adder.finish()
}

/** A layer has no way to hold a file of such a name: it removes another one (image-spec layer.md#whiteouts). */
const MARK = /(?:^|\/)\.wh\./

type Linked = { readonly file: SettledFile; readonly place: FilePath }

class Adder {
  readonly #tree: SourceTree
  readonly #rules: AddRules
  readonly #below: Snapshot
  readonly #signal: AbortSignal | undefined
  readonly #builder = new ChangesetBuilder()
  readonly #sources = new ByteColumn()
  readonly #sourceEnds: number[] = []
  readonly #diagnostics: Diagnostic[] = []
  /** Where directories of the source lie in the image, when not below where their parents do. */
  readonly #places = new Map<FilePath, FilePath>()
  /** Names of inodes with several: written together, when all of them are known. */
  readonly #linked = new Map<string, Linked[]>()
  /** Paths written through a symlink: a later file of that very place is written, whatever the base has there. */
  readonly #through = new Set<FilePath>()
  #offset = 0
  /** Entries for directories above the target, which come first. */
  #implied = 0
  #unchanged = 0
  #newest: number | undefined

  constructor(tree: SourceTree, rules: AddRules, below: Snapshot, signal: AbortSignal | undefined) {
    this.#tree = tree
    this.#signal = signal
    this.#rules = rules
    this.#below = below
  }

  async add(file: SourceFile): Promise<void> {
    if (file.path === ROOT) this.#beginAt(file.type)
    const place = this.#place(file.path)
    if (this.#rules.placeholders?.has(place) === true && this.#below.find(place) === undefined) return
    if (MARK.test(place)) {
      this.#skip(place, file.path)
      return
    }
    const settled = this.#settled(file)
    if (file.type === 'file' && (this.#newest === undefined || file.mtime.seconds > this.#newest)) {
      this.#newest = file.mtime.seconds
    }
    if (file.type === 'directory') this.#addDirectory(settled, place)
    else if (file.inode === undefined) await this.#addOther(settled, place)
    else {
      const names = this.#linked.get(file.inode)
      if (names === undefined) this.#linked.set(file.inode, [{ file: settled, place }])
      else names.push({ file: settled, place })
    }
  }

  async finish(): Promise<Added> {
    for (const names of this.#linked.values()) await this.#addGroup(names)
    const changeset = this.#builder.finish()
    if (this.#through.size > 0) checkDistinct(changeset)
    const bytes = new AddedBytes(this.#tree, changeset, sourcePaths(this.#sources.cut(), this.#sourceEnds))
    const timed = this.#rules.keepTimes ? this.#implied : changeset.length
    return {
      changeset,
      bytes,
      unchanged: this.#unchanged,
      newest: this.#newest,
      diagnostics: [...this.#tree.diagnostics, ...this.#diagnostics, ...changeset.diagnostics],
      setTimes: seconds => {
        changeset.mtimeSeconds.fill(seconds, 0, timed)
        changeset.mtimeNanoseconds.fill(0, 0, timed)
      },
    }
  }

  /** Finds the place of what is added, and makes the directories above it that are not there. */
  #beginAt(type: NodeType): void {
    const { target, name } = this.#rules
    const typed = typedPath(target)
    const into = type !== 'directory' && (typed === ROOT || target.endsWith('/'))
    const directory = type === 'directory' || into ? resolvePlace(this.#below, typed) : undefined
    const place = directory === undefined ? resolvePlace(this.#below, typed, { keepLast: true }) : directory
    const whole = into ? joinPath(place, baseName(typedPath(name))) : place
    if (type !== 'directory' && this.#below.find(whole)?.type === 'directory') throw targetIsDirectory(whole, into)
    this.#places.set(ROOT, whole)
    const above: FilePath[] = []
    for (let each = parentPath(whole); each !== ROOT; each = parentPath(each)) above.unshift(each)
    for (const each of above) if (this.#below.find(each)?.type !== 'directory') this.#append(this.#directory(), each, undefined)
    this.#implied = this.#sourceEnds.length
  }

  #place(path: FilePath): FilePath {
    for (let above = path; ; above = parentPath(above)) {
      const place = this.#places.get(above)
      if (place === undefined) continue
      return above === path ? place : joinPath(place, above === ROOT ? path : path.slice(above.length + 1))
    }
  }

  #addDirectory(file: SettledFile, place: FilePath): void {
    const node = this.#below.find(place)
    if (file.path === ROOT && (place === ROOT || node?.type === 'directory')) return
    if (node?.type === 'symlink' && this.#rules.whole !== true) {
      const led = this.#ledTo(place)
      if (led?.type === 'directory') {
        this.#places.set(file.path, led.path)
        return
      }
    }
    if (this.#isAsBelow(file, place, node)) this.#unchanged++
    else this.#append(file, place, undefined)
  }

  /** A symlink that leads nowhere but to itself is replaced, as one that leads to nothing is. */
  #ledTo(place: FilePath): TreeNode | undefined {
    try {
      return resolvePath(this.#below, place)
    } catch (thrown) {
      if (thrown instanceof ImageError && thrown.code === 'SYMLINK_LOOP') return undefined
      throw thrown
    }
  }

  async #addOther(file: SettledFile, place: FilePath): Promise<void> {
    const hash = await this.#hashWhereNeeded(file, place)
    const node = this.#below.find(place)
    if (node !== undefined && sameAttributes(node, file, this.#times) && (file.type !== 'file' || hash === node.sha256)) {
      this.#unchanged++
      return
    }
    this.#append(file, place, hash)
  }

  /** All names of one inode: unchanged only where all of them are one inode in the image too. */
  async #addGroup(names: readonly Linked[]): Promise<void> {
    const [first, ...rest] = [...names].sort((a, b) => (a.place < b.place ? -1 : 1))
    if (first === undefined) return
    const hash = await this.#hashWhereNeeded(first.file, first.place)
    const nodes = names.map(({ place }) => this.#below.find(place))
    const [one] = nodes
    const same =
      one !== undefined &&
      one.links === names.length &&
      nodes.every(node => node?.inode === one.inode) &&
      names.every(({ place }) => this.#isAsBelow(first.file, place, one)) &&
      (one.type !== 'file' || hash === one.sha256)
    if (same) {
      this.#unchanged += names.length
      return
    }
    this.#append(first.file, first.place, hash)
    for (const { file, place } of rest) this.#append({ ...file, size: 0 }, place, undefined, first.place)
  }

  get #times(): 'any' | 'close' | 'exact' {
    if (!this.#rules.keepTimes) return 'any'
    return this.#rules.whole === true ? 'close' : 'exact'
  }

  #isAsBelow(file: SettledFile, place: FilePath, node: TreeNode | undefined): boolean {
    if (node === undefined || !sameAttributes(node, file, this.#times)) return false
    return this.#through.size === 0 || !isBelow(this.#through, place)
  }

  /** A file is read in advance only where the image has one of its size there. */
  async #hashWhereNeeded(file: SettledFile, place: FilePath): Promise<string | undefined> {
    const { type, path, size, changedAt } = file
    if (type !== 'file') return undefined
    const node = this.#below.find(place)
    const { unreadBefore } = this.#rules
    const untouched = unreadBefore !== undefined && changedAt < unreadBefore
    if (untouched && node !== undefined && sameAttributes(node, file, this.#times)) return node.sha256
    if (size > 0 && (node?.type !== 'file' || node.size !== size)) return undefined
    return (await contentHash(this.#tree, path, size, this.#signal))?.toString('hex')
  }

  #append(file: SettledFile, place: FilePath, hash: string | undefined, linkTo?: FilePath): void {
    const entry = this.#builder.length
    if (this.#places.size > 1 && !place.endsWith(file.path)) this.#through.add(place)
    this.#builder.add(detachedEntry(memberOf(file, place, linkTo), this.#offset))
    if (this.#builder.length === entry) return
    if (hash !== undefined) this.#builder.setHash(Buffer.from(hash, 'hex'))
    this.#sourceEnds.push(this.#sources.add(file.size > 0 ? file.path : ''))
    this.#offset += file.size
  }

  #settled(file: SourceFile): SettledFile {
    const { owner, mode, mask } = this.#rules
    const [uid, gid] = owner(file)
    const given = file.type === 'file' || file.type === 'directory' ? (mode ?? file.mode & ~mask) : file.mode & ~mask
    return { ...file, uid, gid, mode: file.type === 'symlink' ? 0o777 : given }
  }

  #directory(): SettledFile {
    const [uid, gid] = this.#rules.owner({ path: ROOT, uid: 0, gid: 0 })
    return {
      path: ROOT,
      type: 'directory',
      mode: 0o755,
      uid,
      gid,
      mtime: { seconds: 0, nanoseconds: 0 },
      changedAt: 0n,
      size: 0,
      target: undefined,
      device: undefined,
      xattrs: [],
    }
  }

  #skip(place: FilePath, path: FilePath): void {
    // Paths below such a directory have been told of with it.
    if (path !== ROOT && MARK.test(this.#place(parentPath(path)))) return
    const message = `"${displayPath(place)}" is left out: in a layer its name would remove another file`
    this.#diagnostics.push({ code: 'SOURCE_SKIPPED', severity: 'warning', message, path: `/${displayPath(place)}` })
  }
}

function memberOf(file: SettledFile, place: FilePath, linkTo: FilePath | undefined): TarMemberInput {
  const { mode, uid, gid, size, mtime, xattrs, device = [0, 0] } = file
  const typeflag = linkTo === undefined ? TAR_TYPES[file.type] : '1'
  const linkName = linkTo ?? file.target ?? ''
  return { name: place, typeflag, linkName, mode, uid, gid, size, mtime, devMajor: device[0], devMinor: device[1], xattrs }
}

function sourcePaths(bytes: Uint8Array, ends: readonly number[]): (entry: number) => FilePath {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return entry => text.toString('latin1', entry === 0 ? 0 : (ends[entry - 1] ?? 0), ends[entry] ?? 0) as FilePath
}

function targetIsDirectory(place: FilePath, into: boolean): ImageError {
  return new ImageError(
    'TARGET_IS_DIRECTORY',
    { action: `add a file as "/${displayPath(place)}"`, why: 'the image has a directory there' },
    { hint: into ? 'Give the file another name (FILE:/PATH).' : 'End the target in a slash to put the file into it.' },
  )
}
