import { hexHash } from '../../blob/checksum.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { SecretHit } from '../secret-hit.ts'
import { FileWindow } from './file-window.ts'
import { LiteralMatcher } from './literal-matcher.ts'
import { AFTER, FILE_LIMIT, type FileKind, type Sighting, type ValueKind } from './secret-kind.ts'
import { fileKindsFor, TEXT_KINDS, VALUE_KINDS } from './secret-kinds.ts'

/** The most secrets told of one file: a file with more is a list of secrets, and these say so. */
const MOST_HITS = 64

/** A hit with the bytes it covers, and how particular its kind is: lower goes before. */
type Found = { readonly hit: SecretHit; readonly start: number; readonly end: number; readonly rank: number }

type Candidate = { readonly literal: number; readonly offset: number }

/**
 * Looks for secrets in files whose bytes pass in pieces of any length: the result does not depend on the cuts. Literals
 * are searched in everything; only around one a text is made and its kind asked. Memory is bounded by a window of some kilobytes,
 * and by `FILE_LIMIT` for the few files that are read as a whole because of their names.
 */
export class SecretScanner {
  readonly #window = new FileWindow()
  readonly #literals: readonly string[]
  readonly #matcher: LiteralMatcher
  #path: FilePath | undefined
  #kinds: readonly FileKind[] = NONE
  /** The beginning of a file that is read as a whole. */
  #whole: Buffer[] = []
  #wholeLength = 0
  /** Bytes of the file still to come. */
  #left = 0
  #waiting: Candidate[] = []
  #found: Found[] = []
  #used = false
  #hasMore = false
  #words = 0

  readonly #onSecret: ((sha256: string, secret: string) => void) | undefined

  /** `words` are looked for besides, 31 at most: `words` says of which of them a file has any. Secrets themselves are given to `onSecret` alone, one character a byte. */
  constructor(words: readonly string[] = [], onSecret?: (sha256: string, secret: string) => void) {
    this.#onSecret = onSecret
    this.#literals = [...LITERALS, ...words]
    // Made here: a thread that only reads needs no table.
    this.#matcher = new LiteralMatcher(this.#literals)
  }

  /** Begins a file of `size` stored bytes, or a text of a document, which has no path; one that was not ended is dropped. */
  begin(path: FilePath | undefined, size: number): void {
    if (this.#used) this.#reset()
    this.#path = path
    this.#kinds = path === undefined ? TEXT_KINDS : fileKindsFor(path)
    this.#left = size
    this.#words = 0
    this.#hasMore = false
  }

  /** The next bytes of the file; a view that is valid during the call only. */
  data(bytes: Buffer): void {
    this.#left -= bytes.length
    if (this.#kinds.length > 0) this.#keepWhole(bytes)
    const candidates = this.#candidates(bytes)
    // Most files come in one piece and have no literal in them.
    if (candidates === NO_CANDIDATES && this.#left === 0 && !this.#used) return
    this.#used = true
    this.#window.take(bytes)
    for (const candidate of candidates) {
      if (candidate.offset + AFTER > this.#window.end && this.#left > 0) this.#waiting.push(candidate)
      else if (this.#found.length < MOST_HITS) this.#ask(candidate)
      else this.#hasMore = true
    }
    // A literal may have begun in this piece.
    const begun = Math.max(0, this.#window.end - this.#matcher.longest + 1)
    if (this.#left > 0) this.#window.pass(Math.min(begun, this.#waiting[0]?.offset ?? begun))
  }

  /** The words that lie in the file, as far as it has passed: a bit each, the first one's lowest. */
  get words(): number {
    return this.#words
  }

  /** Whether anything was found in the file so far. */
  get hasFound(): boolean {
    return this.#found.length > 0
  }

  /** Whether the file was not looked at to its end, because it has so many secrets; asked after its end too. */
  get hasMore(): boolean {
    return this.#hasMore
  }

  /** The secrets of the file, in the order they lie there. */
  end(): readonly SecretHit[] {
    if (this.#kinds.length > 0) this.#readWhole()
    const hits = this.#found.length === 0 ? NO_HITS : told(this.#found, this.#window.binary)
    if (this.#used) this.#reset()
    return hits
  }

  /** Every literal that ends in this piece, and those that waited for more of the file; in order. */
  #candidates(bytes: Buffer): readonly Candidate[] {
    let candidates: Candidate[] | undefined
    const add = (literal: number, offset: number) => {
      if (literal >= LITERALS.length) {
        this.#words |= 1 << (literal - LITERALS.length)
        return
      }
      candidates ??= []
      candidates.push({ literal, offset })
    }
    for (const { literal, offset } of this.#waiting) add(literal, offset)
    this.#waiting = []
    const { kept, end: base } = this.#window
    if (kept.length > 0) {
      const head = kept.subarray(Math.max(0, kept.length - this.#matcher.longest + 1))
      const seam = Buffer.concat([head, bytes.subarray(0, this.#matcher.longest - 1)])
      this.#matcher.search(seam, (literal, start) => {
        const crosses = start < head.length && start + (this.#literals[literal]?.length ?? 0) > head.length
        if (crosses) add(literal, base - head.length + start)
      })
    }
    this.#matcher.search(bytes, (literal, start) => add(literal, base + start))
    if (candidates === undefined) return NO_CANDIDATES
    return candidates.sort((a, b) => a.offset - b.offset || a.literal - b.literal)
  }

  #ask({ literal, offset }: Candidate): void {
    const kind = KINDS[literal]
    if (kind === undefined) return
    const { text, start } = this.#window.around(offset)
    const seen = kind.read({ text, at: offset - start, path: this.#path })
    if (seen === undefined) return
    const line = this.#window.line(start + seen.start)
    this.#add(kind, seen, text, { line, start, rank: literal })
  }

  /** `start` is where the text begins in the file. */
  #add(
    kind: ValueKind | FileKind,
    seen: Sighting,
    text: string,
    { line, start, rank }: { readonly line: number | undefined; readonly start: number; readonly rank: number },
  ): void {
    const hit = hitOf(kind, seen, text, line)
    this.#found.push({ hit, start: start + seen.start, end: start + seen.end, rank })
    this.#onSecret?.(hit.evidence.sha256, text.slice(seen.start, seen.end))
  }

  #keepWhole(bytes: Buffer): void {
    const piece = bytes.subarray(0, FILE_LIMIT - this.#wholeLength)
    if (piece.length === 0) return
    this.#used = true
    this.#wholeLength += piece.length
    this.#whole.push(Buffer.from(piece))
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#whole).toString('latin1')
    for (const [index, kind] of this.#kinds.entries()) {
      let [at, line] = [0, 1]
      for (const seen of kind.read(text)) {
        this.#hasMore ||= this.#found.length >= MOST_HITS
        if (this.#hasMore) return
        for (let next = text.indexOf('\n', at); next !== -1 && next < seen.start; next = text.indexOf('\n', at)) {
          at = next + 1
          line++
        }
        this.#add(kind, seen, text, { line, start: 0, rank: LITERALS.length + index })
      }
    }
  }

  #reset(): void {
    this.#window.reset()
    this.#used = false
    this.#waiting = []
    this.#found = []
    this.#whole = []
    this.#wholeLength = 0
  }
}

const NONE: readonly FileKind[] = []
const NO_CANDIDATES: readonly Candidate[] = []
const NO_HITS: readonly SecretHit[] = []
const LITERALS = VALUE_KINDS.flatMap(({ literals }) => literals)
const KINDS = VALUE_KINDS.flatMap(kind => kind.literals.map(() => kind))

/** The hit that is told of a secret; of itself only its digest, and two characters where twenty would have to be guessed. */
function hitOf(kind: ValueKind | FileKind, seen: Sighting, text: string, line: number | undefined): SecretHit {
  const secret = text.slice(seen.start, seen.end)
  const ending = secret.length >= 20 && /[A-Za-z0-9=]{2}$/.test(secret) ? secret.slice(-2) : undefined
  return {
    rule: seen.id ?? kind.id,
    severity: seen.severity ?? kind.severity,
    kind: seen.name ?? kind.name,
    ...(ending !== undefined && { ending }),
    ...(seen.expires !== undefined && { expires: seen.expires }),
    evidence: { ...(line !== undefined && { line }), sha256: hexHash('sha256', Buffer.from(secret, 'latin1')) },
  }
}

/**
 * Of hits that share bytes the most particular; a file that is known by its name is told where no value in it is. A line of a binary
 * says nothing.
 */
function told(found: readonly Found[], binary: boolean): readonly SecretHit[] {
  const kept: Found[] = []
  for (const each of found.toSorted((a, b) => a.rank - b.rank || a.start - b.start)) {
    const covered = kept.some(({ start, end }) => start < each.end && each.start < end)
    const besides =
      each.hit.rule === 'secret/credential-file' &&
      kept.some(({ hit }) => hit.rule !== each.hit.rule && hit.rule !== 'secret/machine-id')
    if (!covered && !besides) kept.push(each)
  }
  const inOrder = kept.toSorted((a, b) => a.start - b.start || a.rank - b.rank).map(({ hit }) => hit)
  return binary ? inOrder.map(hit => ({ ...hit, evidence: { sha256: hit.evidence.sha256 } })) : inOrder
}
