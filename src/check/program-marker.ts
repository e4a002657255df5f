import { parseElf } from './elf.ts'
import { entropyOf } from './entropy.ts'

/** A sign that a program may be the work of an intruder: it holds the words of a miner, or it unpacks itself when it runs. */
export type ProgramMark = 'miner' | 'packed'

/**
 * Words that miners have; `isMiner` says which of them belong together. They are written backwards, or the executable that holds this
 * table would be found to be a miner.
 */
export const MINER_WORDS: readonly string[] = ['girmx', 'level-etanod', 'xmodnar', '+mutarts'].map(word =>
  [...word].reverse().join(''),
)
const [XMRIG, DONATE, RANDOMX, STRATUM] = [1, 2, 4, 8] as const

/** Bytes of the beginning that are kept: the headers, and enough to tell noise from code. */
const HEAD = 64 * 1024
/** UPX writes its mark behind the headers of the program and into its last bytes. */
const FIRST = 4096
const LAST = 36
const MOST_ENTROPY = 7.2
const NOTHING = Buffer.alloc(0)

/** Looks for marks in one ELF file after the other while their bytes pass; of each it keeps its beginning and its last bytes. */
export class ProgramMarker {
  #size = 0
  #at = 0
  #isElf = true
  #head: Buffer = NOTHING
  #tail: Buffer = NOTHING

  /** Begins a file of `size` bytes. */
  begin(size: number): void {
    this.#size = size
    this.#at = 0
    this.#isElf = size > MAGIC.length
    this.#head = NOTHING
    this.#tail = NOTHING
  }

  /** The next bytes of the file; a view that is valid during the call only. */
  data(bytes: Buffer): void {
    if (!this.#isElf) return
    if (this.#at < HEAD) this.#takeHead(bytes)
    if (!this.#isElf) return
    const [end, from] = [this.#at + bytes.length, this.#size - LAST]
    if (end > from) this.#tail = Buffer.concat([this.#tail, bytes.subarray(Math.max(0, from - this.#at))])
    this.#at = end
  }

  #takeHead(bytes: Buffer): void {
    const known = Math.min(MAGIC.length - this.#at, bytes.length)
    if (known > 0 && bytes.compare(MAGIC, this.#at, this.#at + known, 0, known) !== 0) {
      this.#isElf = false
      return
    }
    const piece = bytes.subarray(0, HEAD - this.#head.length)
    this.#head = this.#head.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#head, piece])
  }

  /** Ends the file, in which lie the words whose bits are set. */
  end(words: number): readonly ProgramMark[] {
    if (!this.#isElf || this.#at < MAGIC.length) return NO_MARKS
    const isPacked = this.#isPacked
    if (!isMiner(words)) return isPacked ? PACKED : NO_MARKS
    return isPacked ? ['miner', 'packed'] : ['miner']
  }

  get #isPacked(): boolean {
    const isMarked = this.#head.subarray(0, FIRST).includes(UPX) || this.#tail.includes(UPX)
    const elf = isMarked ? parseElf(this.#head) : undefined
    return elf !== undefined && (elf.sections === 0 || entropyOf(this.#head) > MOST_ENTROPY)
  }
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
const UPX = Buffer.from('UPX!')
const NO_MARKS: readonly ProgramMark[] = []
const PACKED: readonly ProgramMark[] = ['packed']

function isMiner(words: number): boolean {
  return has(words, XMRIG | DONATE) || has(words, RANDOMX | STRATUM)
}

function has(words: number, both: number): boolean {
  return (words & both) === both
}
