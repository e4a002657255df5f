import type { ByteText } from '../blob/byte-text.ts'
import { ESTARGZ_TOC, type TarEntry } from '../blob/tar-member.ts'
import type { Diagnostic } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { BOOKKEEPING, type Changeset } from './changeset.ts'
import { ByteColumn, ChangesetColumns } from './changeset-columns.ts'
import { ENTRY_TYPES, type EntryType, type Xattr } from './entry.ts'
import { cleanBinary, displayPath, type FilePath } from './file-path.ts'
import { LayerBudget } from './layer-budget.ts'
import { RefusedEntries } from './refused-entries.ts'
import { repeatedNames } from './repeated-names.ts'
import { ESTARGZ_LANDMARKS, markOf } from './whiteout.ts'

const ORDINARY = { kind: 'ordinary' } as const
/** Longer paths cannot exist on Linux (PATH_MAX is 4,096) and would only cost. */
const PATH_LIMIT = 16_384
/** A hostile layer must not fill memory with what is strange about it. */
const DIAGNOSTICS_LIMIT = 200

/** Collects a layer's tar entries into a changeset: names cleaned, marks told from files, odd entries reported. */
export class ChangesetBuilder {
  readonly #columns = new ChangesetColumns()
  readonly #paths = new ByteColumn()
  readonly #targets = new ByteColumn()
  readonly #xattrSets: (readonly Xattr[])[] = [[]]
  readonly #xattrKeys = new Map<string, number>()
  readonly #sparse = new Map<number, readonly (readonly [number, number])[]>()
  readonly #claimedSizes = new Map<number, number>()
  readonly #diagnostics: Diagnostic[] = []
  #unreported = 0
  #length = 0
  #landmarks: number[] = []
  #lastName: FilePath | undefined
  readonly #marks: boolean
  readonly #budget: LayerBudget
  readonly #refused = new RefusedEntries()

  /**
   * `marks: false`: a name that begins with `.wh.` is a name like any other, as in artifacts. `blobBytes`: size of the blob that the entries are
   * read from, which limits how much of them is kept (`LayerBudget`); no limit where left out.
   */
  constructor({ marks = true, blobBytes = Infinity }: { readonly marks?: boolean; readonly blobBytes?: number } = {}) {
    this.#marks = marks
    this.#budget = new LayerBudget(blobBytes)
  }

  report(diagnostic: Diagnostic): void {
    if (this.#diagnostics.length < DIAGNOSTICS_LIMIT) this.#diagnostics.push(diagnostic)
    else this.#unreported++
  }

  /** Adds an entry, if it is one; whether the sha256 of its content is wanted (`setHash`). */
  add(entry: TarEntry): boolean {
    const path = cleanBinary(entry.name)
    const type = TYPES[entry.typeflag]
    if (type === undefined) return this.#skip('ENTRY_TYPE_UNKNOWN', path, `has the tar type "${escapeText(entry.typeflag)}"`)
    if (this.#marks) this.#refused.note(entry, path, type)
    if (path.length > PATH_LIMIT) return this.#skip('ENTRY_NAME_INVALID', path, `has a name of ${path.length} bytes`)
    if (path === '' && type !== 'directory') return this.#skip('ENTRY_NAME_INVALID', path, 'has no name')
    const mark = this.#marks ? markOf(path) : ORDINARY
    if (mark.kind === 'invalid') return this.#skip('WHITEOUT_INVALID', path, 'is a whiteout of nothing, "." or ".."')
    this.#lastName = path
    const xattrKey = entry.xattrs.length === 0 ? '' : keyOf(entry.xattrs)
    if (!this.#budget.admit(entry, path, this.#xattrKeys.has(xattrKey) ? 0 : xattrKey.length)) return false
    if (mark.kind === 'whiteout' || mark.kind === 'opaque') {
      this.#append(entry, xattrKey, { type: mark.kind, path: mark.path, bookkeeping: false })
      return false
    }
    if (entry.typeflag === 'S') this.#reportSparse(path)
    this.#append(entry, xattrKey, { type, path, bookkeeping: mark.kind === 'bookkeeping' })
    return type === 'file'
  }

  /** Entries so far. */
  get length(): number {
    return this.#length
  }

  /** sha256 of the content of an entry, the last one unless told otherwise, 32 bytes; undefined: its holes are too large to hash. */
  setHash(hash: Uint8Array | undefined, entry = this.#length - 1): void {
    if (hash !== undefined) this.#columns.contentHashes.set(hash, entry * 32)
    else this.report({ code: 'SPARSE_FILE_HUGE', severity: 'warning', message: 'A sparse file is too large to hash its holes' })
  }

  /** Takes `entry` back, if it was the last to be added: the archive ended inside its content. */
  dropLast(entry: TarEntry): void {
    if (this.#length === 0 || this.#columns.headerOffsets[this.#length - 1] !== entry.headerOffset) return
    this.#length--
    this.#sparse.delete(this.#length)
    this.#claimedSizes.delete(this.#length)
    this.#paths.truncate(this.#length === 0 ? 0 : (this.#columns.pathEnds[this.#length - 1] ?? 0))
    this.#targets.truncate(this.#length === 0 ? 0 : (this.#columns.targetEnds[this.#length - 1] ?? 0))
  }

  finish(): Changeset {
    if (this.#marks && this.#lastName === ESTARGZ_TOC) {
      for (const index of [...this.#landmarks, this.#length - 1]) {
        this.#columns.types[index] = (this.#columns.types[index] ?? 0) | BOOKKEEPING
      }
    }
    if (this.#unreported > 0) {
      const message = `${this.#unreported} more findings of this layer are not listed`
      this.#diagnostics.push({ code: 'MORE_FINDINGS', severity: 'warning', message })
    }
    this.#diagnostics.push(...this.#budget.diagnostics(), ...this.#refused.diagnostics())
    const columns = this.#columns.cut(this.#length)
    const pathBytes = this.#paths.cut()
    const repeated = this.#marks ? repeatedNames({ length: this.#length, ...columns, pathBytes }) : undefined
    if (repeated !== undefined) this.#diagnostics.push(repeated)
    return {
      length: this.#length,
      ...columns,
      pathBytes,
      targetBytes: this.#targets.cut(),
      xattrSets: this.#xattrSets,
      sparse: this.#sparse,
      claimedSizes: this.#claimedSizes,
      diagnostics: this.#diagnostics,
    }
  }

  #append(entry: TarEntry, xattrKey: string, { type, path, bookkeeping }: Understood): void {
    const index = this.#length++
    const columns = this.#columns
    columns.reserve(this.#length)
    columns.types[index] = ENTRY_TYPES.indexOf(type) | (bookkeeping ? BOOKKEEPING : 0)
    columns.modes[index] = entry.mode & 0o7777
    columns.uids[index] = entry.uid
    columns.gids[index] = entry.gid
    columns.mtimeSeconds[index] = entry.mtime.seconds
    columns.mtimeNanoseconds[index] = entry.mtime.nanoseconds
    columns.sizes[index] = type === 'file' ? entry.size : 0
    columns.headerOffsets[index] = entry.headerOffset
    columns.dataOffsets[index] = entry.dataOffset
    columns.storedSizes[index] = entry.storedSize
    columns.contentHashes.fill(0, index * 32, index * 32 + 32)
    columns.pathEnds[index] = this.#paths.add(path)
    columns.targetEnds[index] = this.#targets.add(targetOf(entry, type))
    columns.xattrIndexes[index] = entry.xattrs.length === 0 ? 0 : this.#xattrIndex(xattrKey, entry.xattrs)
    if (type !== 'file' && entry.size > 0) this.#claimedSizes.set(index, entry.size)
    if (entry.sparse !== undefined && type === 'file') this.#sparse.set(index, entry.sparse)
    if (type === 'file' && ESTARGZ_LANDMARKS.has(path)) this.#landmarks.push(index)
  }

  #xattrIndex(key: string, xattrs: readonly Xattr[]): number {
    const known = this.#xattrKeys.get(key)
    if (known !== undefined) return known
    // Values are views of a header's buffer: copied, so that they do not keep it alive.
    const index = this.#xattrSets.push(xattrs.map(([name, value]) => [name, Uint8Array.from(value)] as const)) - 1
    this.#xattrKeys.set(key, index)
    return index
  }

  #skip(code: ErrorCode, path: FilePath, why: string): false {
    const shown = displayPath(path.slice(0, 300) as ByteText)
    this.report({ code, severity: 'warning', message: `An entry is ignored: "${shown}" ${why}`, path: `/${shown}` })
    return false
  }

  #reportSparse(path: FilePath): void {
    const message = `"${displayPath(path)}" is stored in GNU's old sparse form, which container runtimes refuse`
    this.report({ code: 'GNU_SPARSE_FILE', severity: 'warning', message, path: `/${displayPath(path)}` })
  }
}

/** The meaning of an entry. */
type Understood = { readonly type: EntryType; readonly path: FilePath; readonly bookkeeping: boolean }

/** The text in the column of targets. */
function targetOf({ linkName, devMajor, devMinor }: TarEntry, type: EntryType): string {
  if (type === 'symlink') return linkName
  if (type === 'hardlink') return cleanBinary(linkName)
  return type === 'character-device' || type === 'block-device' ? `${devMajor}:${devMinor}` : ''
}

/** Names a set of attributes, so that entries with the same ones share it. */
function keyOf(xattrs: readonly Xattr[]): string {
  return xattrs.map(([name, value]) => `${name.length}:${name}${value.length}:${Buffer.from(value).toString('latin1')}`).join()
}

/** Entry types by tar type flag; `7` is a contiguous file, `S` GNU's old sparse file, `D` GNU's directory with a listing. */
const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  D: 'directory',
  '6': 'fifo',
}
