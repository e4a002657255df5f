import { parseHeader, type TarHeader, textField } from './tar-header.ts'
import { BLOCK, type SparseRun, type TarEntry } from './tar-member.ts'
import { damagedHeader, parseNumeric } from './tar-number.ts'
import { mergePax, type PaxRecords, parsePax } from './tar-pax.ts'
import { addOldGnuRuns, checkedRuns, OLD_GNU, paxSparse, StoredSparseMap } from './tar-sparse.ts'

/** Longest PAX header, GNU long name or sparse map (Go's archive/tar draws the same line). */
const EXTENSION_LIMIT = 1024 * 1024

/**
 * Puts one member's headers together, block by block: extension headers (PAX `x`, GNU `L` and `K`), the header itself and
 * the sparse maps behind it. Global PAX headers are read over: no runtime merges them into entries (semantics.md).
 */
export class TarAssembler {
  readonly #raw: Buffer[] | undefined
  #expect: 'header' | 'extension' | 'old-gnu-map' | 'stored-map' = 'header'
  /** Where the member at hand starts, extension headers included; -1 between members. */
  #start = -1
  #flag = ''
  /** Bytes of the extension at hand that are still to come. */
  #left = 0
  #blocks: Buffer[] = []
  #pax: PaxRecords | undefined
  #longName: string | undefined
  #longLinkName: string | undefined
  #header: TarHeader | undefined
  #runs: SparseRun[] = []
  #map: StoredSparseMap | undefined
  /** Of a sparse file; undefined: what the header says. */
  #realSize: number | undefined

  constructor(keepRaw: boolean) {
    this.#raw = keepRaw ? [] : undefined
  }

  /** Whether a block that starts a member is expected: only there zero blocks mean anything. */
  get between(): boolean {
    return this.#expect === 'header'
  }

  /** Whether headers have begun that no member has followed yet. */
  get begun(): boolean {
    return this.#start !== -1
  }

  /**
   * Takes the block at `at`, which lies at `offset` of the stream. Gives the member when its headers are complete.
   * @throws ImageError `TAR_HEADER_DAMAGED`
   */
  accept(block: Buffer, at: number, offset: number): TarEntry | undefined {
    if (this.#start === -1) this.#start = offset
    this.#raw?.push(Buffer.from(block.subarray(at, at + BLOCK)))
    if (this.#expect === 'header') return this.#acceptHeader(block, at, offset)
    if (this.#expect === 'old-gnu-map') return this.#acceptOldGnuMap(block, at, offset)
    if (this.#expect === 'stored-map') return this.#acceptStoredMap(block, at, offset)
    this.#blocks.push(Buffer.from(block.subarray(at, at + BLOCK)))
    this.#left -= BLOCK
    if (this.#left <= 0) this.#acceptExtension(Buffer.concat(this.#blocks).subarray(0, this.#left === 0 ? undefined : this.#left))
    return undefined
  }

  #acceptHeader(block: Buffer, at: number, offset: number): TarEntry | undefined {
    const header = parseHeader(block, at)
    if (EXTENSIONS.has(header.typeflag)) {
      this.#beginExtension(header)
      return undefined
    }
    this.#header = header
    const pax = this.#pax
    if (header.typeflag === 'S') {
      // star has the flag too, with a map of its own: Go reads no such archive.
      if (header.format !== 'gnu') throw damagedHeader("its sparse map is not GNU's")
      this.#realSize = parseNumeric(block, at + OLD_GNU.realSize, 12, 'sparse size')
      if (addOldGnuRuns(block, at, 'header', this.#runs)) this.#expect = 'old-gnu-map'
      else return this.#entry(header, offset + BLOCK, this.#runs)
      return undefined
    }
    const sparse = pax === undefined || !FILES.has(header.typeflag) ? undefined : paxSparse(pax)
    if (sparse === undefined) return this.#entry(header, offset + BLOCK, undefined)
    this.#realSize = sparse.size
    if (sparse.name !== undefined) this.#longName = sparse.name
    if (sparse.runs !== 'stored') return this.#entry(header, offset + BLOCK, sparse.runs)
    this.#expect = 'stored-map'
    return undefined
  }

  #beginExtension({ typeflag, size }: TarHeader): void {
    if (size < 0) throw damagedHeader('its size is negative')
    if (size > EXTENSION_LIMIT) throw damagedHeader(`its extension of ${size} bytes is over the limit of ${EXTENSION_LIMIT}`)
    this.#flag = typeflag
    this.#left = size
    this.#blocks = []
    this.#expect = 'extension'
    if (size === 0) this.#acceptExtension(Buffer.alloc(0))
  }

  #acceptExtension(bytes: Buffer): void {
    this.#expect = 'header'
    this.#blocks = []
    if (this.#flag === 'L') this.#longName = textField(bytes, 0, bytes.length) || undefined
    else if (this.#flag === 'K') this.#longLinkName = textField(bytes, 0, bytes.length) || undefined
    else if (this.#flag === 'g') {
      parsePax(bytes)
      this.#reset()
    } else this.#pax = parsePax(bytes)
  }

  #acceptOldGnuMap(block: Buffer, at: number, offset: number): TarEntry | undefined {
    if (this.#runs.length * 24 > EXTENSION_LIMIT)
      throw damagedHeader(`its sparse map is over the limit of ${EXTENSION_LIMIT} bytes`)
    if (addOldGnuRuns(block, at, 'extension', this.#runs)) return undefined
    return this.#header && this.#entry(this.#header, offset + BLOCK, this.#runs)
  }

  #acceptStoredMap(block: Buffer, at: number, offset: number): TarEntry | undefined {
    this.#map ??= new StoredSparseMap()
    const map = this.#map
    if (map.size >= EXTENSION_LIMIT) throw damagedHeader(`its sparse map is over the limit of ${EXTENSION_LIMIT} bytes`)
    const runs = map.add(block, at)
    return runs && this.#header && this.#entry(this.#header, offset + BLOCK, runs, map.size)
  }

  #entry(header: TarHeader, dataOffset: number, runs: readonly SparseRun[] | undefined, mapSize = 0): TarEntry {
    const merged = this.#pax === undefined ? undefined : mergePax(header, this.#pax)
    const name = this.#longName ?? header.name
    const typeflag = header.typeflag !== '\0' ? header.typeflag : name.endsWith('/') ? '5' : '0'
    const storedSize = HEADER_ONLY.has(typeflag) ? 0 : header.size - mapSize
    if (storedSize < 0 || !Number.isSafeInteger(dataOffset + storedSize)) throw damagedHeader(`its size is ${header.size}`)
    const size = runs === undefined ? header.size : (this.#realSize ?? header.size)
    const sparse = runs === undefined ? undefined : checkedRuns(runs, size, storedSize)
    const entry: TarEntry = {
      name,
      typeflag,
      linkName: this.#longLinkName ?? header.linkName,
      mode: header.mode,
      uid: header.uid,
      gid: header.gid,
      userName: header.userName,
      groupName: header.groupName,
      size,
      mtime: merged?.mtime ?? { seconds: header.seconds, nanoseconds: 0 },
      devMajor: header.devMajor,
      devMinor: header.devMinor,
      xattrs: merged?.xattrs ?? [],
      format: header.format,
      hasAccessTime: header.hasAccessTime,
      headerOffset: this.#start,
      dataOffset,
      storedSize,
      sparse,
      raw: this.#raw && Buffer.concat(this.#raw),
    }
    this.#reset()
    return entry
  }

  #reset(): void {
    this.#expect = 'header'
    this.#start = -1
    this.#blocks = []
    this.#pax = undefined
    this.#longName = undefined
    this.#longLinkName = undefined
    this.#header = undefined
    if (this.#runs.length > 0) this.#runs = []
    this.#map = undefined
    this.#raw?.splice(0)
  }
}

/** PAX local (`X` is how Solaris wrote it before POSIX) and global, GNU long name and long link name. */
const EXTENSIONS = new Set(['x', 'X', 'g', 'L', 'K'])
const FILES = new Set(['0', '\0', '7'])
/** Types without content, whatever their size says (Go's isHeaderOnlyType). */
const HEADER_ONLY = new Set(['1', '2', '3', '4', '5', '6'])
