import { contentSums, hexHash } from '../../blob/checksum.ts'
import type { TarEntry } from '../../blob/tar-member.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { addTo } from '../../sums.ts'
import { readGzipHeader } from '../gzip-header.ts'
import { keptBytesOf } from '../kept-heads.ts'
import { type EntrySums, type LayerScan, NO_SCAN } from '../layer-scan.ts'
import { MINER_WORDS, type ProgramMark, ProgramMarker } from '../program-marker.ts'
import { SecretScanner } from '../secret/secret-scanner.ts'
import type { FileSecrets } from '../secret-hit.ts'
import { SymbolMeter } from '../symbol-meter.ts'
import { isDatabasePath } from './database-files.ts'

/** Hits that are kept of one layer: more than a report is read for, and some megabytes. */
const MOST_HITS = 20_000
/** Contents of databases that are kept of one layer, each and together, bytes: larger ones are read again when they are wanted. */
const LARGEST_KEPT = 4 * 1024 * 1024
const MOST_KEPT = 24 * 1024 * 1024
/** Beginnings of files that are kept of one layer together, bytes: those of three thousand programs. */
const MOST_HEADS = 3 * 1024 * 1024
const MOST_SUMS = 10_000
/** Symbols of fewer bytes are not worth a word. */
const LEAST_SYMBOLS = 20_000
const MOST_SYMBOLS = 20_000
const MOST_MARKS = 1000
const SET_ID = 0o6000
const EXECUTABLE = 0o111

/**
 * Looks at the files of a layer while their bytes pass: for secrets, for signs of an intruder, for hashes that packages have of set-id
 * programs, and keeps what package databases say. Raise `SCAN_VERSION` with any change of what it finds.
 */
export class LayerScanner {
  readonly #secrets = new SecretScanner(MINER_WORDS)
  readonly #files: FileSecrets[] = []
  readonly #sums: EntrySums[] = []
  readonly #kept = new Map<number, Uint8Array>()
  readonly #heads = new Map<number, Uint8Array>()
  readonly #meter = new SymbolMeter()
  readonly #symbols: (readonly [number, number])[] = []
  readonly #marker = new ProgramMarker()
  readonly #marks: (readonly [number, ProgramMark])[] = []
  #packing = NO_SCAN.packing
  #hits = 0
  readonly #more = new Map<string, number>()
  #keptBytes = 0
  #headBytes = 0
  /** The beginning that is kept of the file at hand, as far as it has passed, and how much of it there is to be. */
  #head: Buffer = NOTHING
  #headLength = 0
  #size = 0
  #running: ReturnType<typeof contentSums> | undefined
  #ofWhole: Omit<EntrySums, 'entry'> | undefined
  #content: Buffer[] | undefined

  /** Takes the first bytes of the layer's blob, for what its gzip header says. */
  start(bytes: Buffer): void {
    const header = readGzipHeader(bytes)
    if (header !== undefined) this.#packing = { ...this.#packing, gzipTime: header.time, hasGzipName: header.hasName }
  }

  /** Takes what an entry of the archive says besides its content. */
  member({ userName, groupName, hasAccessTime = false }: Pick<TarEntry, 'userName' | 'groupName' | 'hasAccessTime'>): void {
    const isNamed = !ROOT_NAMES.has(userName) || !ROOT_NAMES.has(groupName)
    if (!isNamed && !hasAccessTime) return
    const { namedOwners, accessTimes } = this.#packing
    this.#packing = {
      ...this.#packing,
      namedOwners: namedOwners + Number(isNamed),
      accessTimes: accessTimes + Number(hasAccessTime),
    }
  }

  /** Begins a file of `size` stored bytes. */
  begin(path: FilePath, mode: number, size: number): void {
    this.#secrets.begin(path, size)
    this.#meter.begin(size)
    this.#marker.begin(size)
    this.#size = size
    this.#ofWhole = undefined
    const program = (mode & SET_ID) !== 0 && (mode & EXECUTABLE) !== 0 && this.#sums.length < MOST_SUMS
    this.#running = program ? contentSums() : undefined
    const keep = size <= LARGEST_KEPT && this.#keptBytes + size <= MOST_KEPT && isDatabasePath(path)
    this.#content = keep ? [] : undefined
    this.#head = NOTHING
    this.#headLength = this.#headBytes < MOST_HEADS && !keep ? Math.min(size, keptBytesOf(path, mode, size)) : 0
  }

  /** The next bytes of the file; a view that is valid during the call only. */
  data(bytes: Buffer): void {
    this.#secrets.data(bytes)
    this.#meter.data(bytes)
    this.#marker.data(bytes)
    this.#running?.update(bytes)
    if (this.#head.length < this.#headLength)
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, this.#headLength - this.#head.length)])
    this.#content?.push(Buffer.from(bytes))
    if (bytes.length === this.#size && this.#secrets.hasFound)
      this.#ofWhole = { md5: hexHash('md5', bytes), sha1: hexHash('sha1', bytes) }
  }

  /** Ends the file; `entry` is what carries its bytes. */
  end(entry: number): void {
    const marks = this.#marker.end(this.#secrets.words)
    if (this.#marks.length < MOST_MARKS) for (const mark of marks) this.#marks.push([entry, mark])
    const hits = this.#secrets.end()
    const symbols = this.#meter.end()
    if (symbols >= LEAST_SYMBOLS && this.#symbols.length < MOST_SYMBOLS) this.#symbols.push([entry, symbols])
    this.#hits += hits.length
    if (hits.length > 0 && this.#hits > MOST_HITS)
      for (const rule of new Set(hits.map(each => each.rule))) addTo(this.#more, rule)
    else if (hits.length > 0) this.#files.push({ entry, hits, ...(this.#secrets.hasMore && { hasMore: true }) })
    const sums = this.#running?.digest() ?? this.#ofWhole
    if (sums !== undefined && this.#sums.length < MOST_SUMS) this.#sums.push({ entry, ...sums })
    // A secret is kept nowhere.
    if (this.#headLength > 0 && hits.length === 0) this.#keepHead(entry)
    if (this.#content === undefined) return
    const content = Buffer.concat(this.#content)
    this.#keptBytes += content.length
    this.#kept.set(entry, content)
  }

  #keepHead(entry: number): void {
    this.#headBytes += this.#head.length
    this.#heads.set(entry, this.#head)
  }

  finish(): LayerScan {
    const found = {
      heads: this.#heads,
      files: this.#files,
      more: Object.fromEntries(this.#more),
      sums: this.#sums,
      kept: this.#kept,
    }
    return { ...found, symbols: this.#symbols, marks: this.#marks, packing: this.#packing }
  }
}

const NOTHING = Buffer.alloc(0)
/** Every machine calls them the same. */
const ROOT_NAMES: ReadonlySet<string> = new Set(['', 'root'])
