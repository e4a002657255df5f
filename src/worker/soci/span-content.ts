import { createHash } from 'node:crypto'
import { CHECKPOINT_ROW, windowOf } from '../../artifact/soci/checkpoints.ts'
import { GzipInflater } from '../../blob/compression-gzip.ts'
import { alignmentPrefix, WINDOW } from '../../blob/inflate-checkpoint.ts'
import { collected } from '../../blob/pieces.ts'
import type { Range } from '../../blob/source.ts'
import type { TarEntry } from '../../blob/tar-member.ts'
import { TarReader } from '../../blob/tar-reader.ts'
import { ImageError } from '../../error.ts'
import { at, type Changeset, entryAt, entryPath } from '../../layer/changeset.ts'
import { ChangesetBuilder } from '../../layer/changeset-builder.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type SpanTable, spanAt, spanRange, type WindowRows } from '../../layer/span-table.ts'

/** Bytes `start` to `end` of a blob, not proven yet. */
type FetchPart = (start: number, end: number) => Promise<Buffer>

/** Parts of the layer's blob, and of its zTOC, where that was not read whole. */
export type SpanParts = { readonly blob: FetchPart; readonly ztoc: FetchPart }

/**
 * The content of a file, or a range of it, by the spans of a SOCI index. Every span is held against its sha256 before a byte of it is
 * inflated, and the file's own tar header against what the index says of it: an index that was damaged, or lies about where a file is,
 * is found out here. Only its digest could prove the whole layer.
 * @throws ImageError `CONTENT_CHANGED`, `SOCI_INVALID`, those of `parts`
 */
export async function* readBySpans(
  parts: SpanParts,
  changeset: Changeset,
  spans: SpanTable,
  entry: number,
  { offset = 0, length }: Range = {},
): AsyncGenerator<Buffer> {
  const [header, data, size] = [at(changeset.headerOffsets, entry), at(changeset.dataOffsets, entry), at(changeset.sizes, entry)]
  const end = Math.min(size, length === undefined ? size : offset + length)
  if (offset >= end) return
  const path = displayPath(entryPath(changeset, entry))
  if (data - header > HEADERS_LIMIT) throw changed(path, 'its header is too far from it')
  // Header and content mostly lie in one span: each span is fetched once.
  const held = new SpanCache(parts, spans, path)
  checkHeader(await collected(held.bytes(header, data)), changeset, entry, path)
  yield* held.bytes(data + offset, data + end)
}

/** Bytes of one entry's headers: names and extended attributes. */
const HEADERS_LIMIT = 1024 * 1024
/** Bytes of one span in the blob: it is in memory while its digest is taken. */
const SPAN_LIMIT = 64 * 1024 * 1024

/** Inflates stretches of the tar, span by span, and keeps the last span's compressed bytes. */
class SpanCache {
  readonly #parts: SpanParts
  readonly #spans: SpanTable
  readonly #path: string
  #held: { readonly span: number; readonly bytes: Buffer; readonly window: Buffer } | undefined

  constructor(parts: SpanParts, spans: SpanTable, path: string) {
    this.#parts = parts
    this.#spans = spans
    this.#path = path
  }

  async *bytes(start: number, end: number): AsyncGenerator<Buffer> {
    let position = start
    for (let span = spanAt(this.#spans, start); position < end; span++) {
      const from = this.#spans.uncompressed[span]
      if (from === undefined) throw changed(this.#path, 'it ends early')
      const until = this.#spans.uncompressed[span + 1] ?? this.#spans.uncompressedSize
      const { bytes, window } = await this.#proven(span)
      const stop = Math.min(end, until)
      let got = 0
      for (const piece of inflatedSpan({ spans: this.#spans, span, bytes, window }, position - from, stop - from)) {
        got += piece.length
        yield piece
      }
      if (got !== stop - position) throw changed(this.#path, 'a stretch of the layer does not inflate to what the index says')
      position = stop
    }
  }

  async #proven(span: number) {
    if (this.#held?.span === span) return this.#held
    const { start, end } = spanRange(this.#spans, span)
    if (end - start > SPAN_LIMIT)
      throw new ImageError('SOCI_INVALID', `Cannot use the SOCI index: a span has ${end - start} bytes`)
    const [bytes, window] = await Promise.all([this.#parts.blob(start, end), this.#window(span)])
    if (!proves(this.#spans.sha256[span], bytes))
      throw changed(this.#path, 'a stretch of the layer has not the digest that the index has of it')
    this.#held = { span, bytes, window }
    return this.#held
  }

  /** As much of the window as there was before the span. */
  async #window(span: number): Promise<Buffer> {
    const { windows, uncompressed } = this.#spans
    const length = Math.min(WINDOW, uncompressed[span] ?? 0)
    if (length === 0 || this.#spans.algorithm === 'none') return Buffer.alloc(0)
    if ('ztoc' in windows) return windowOf(await this.#row(windows, span)).subarray(WINDOW - length)
    const end = (span + 1) * WINDOW
    return Buffer.from(windows.buffer, windows.byteOffset + end - length, length)
  }

  async #row({ offset, sha256 }: WindowRows, span: number): Promise<Buffer> {
    const start = offset + span * CHECKPOINT_ROW
    const row = await this.#parts.ztoc(start, start + CHECKPOINT_ROW)
    if (proves(sha256[span], row)) return row
    throw new ImageError('SOCI_INVALID', 'Cannot use the SOCI index: a part of it has not the digest that its list has')
  }
}

const PIECE = 16 * 1024

const proves = (sha256: string | undefined, bytes: Buffer) => createHash('sha256').update(bytes).digest('hex') === sha256

type ProvenSpan = { readonly spans: SpanTable; readonly span: number; readonly bytes: Buffer; readonly window: Buffer }

/** The bytes from `start` to `end` of an inflated span. */
function* inflatedSpan({ spans, span, bytes, window }: ProvenSpan, start: number, end: number): Generator<Buffer> {
  if (spans.algorithm === 'none') {
    yield bytes.subarray(start, end)
    return
  }
  const out: Buffer[] = []
  let position = 0
  const bits = spans.bits[span] ?? 0
  using inflater = new GzipInflater({
    output: chunk => {
      const wanted = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position))
      if (wanted.length > 0) out.push(Buffer.from(wanted))
      position += chunk.length
    },
    diagnostic: () => {},
    resume: {
      compressed: 0,
      uncompressed: spans.uncompressed[span] ?? 0,
      inside: { window, prefix: alignmentPrefix(bits, bytes[0] ?? 0) },
    },
  })
  const body = bits > 0 ? bytes.subarray(1) : bytes
  for (let from = 0; from < body.length && position < end; from += PIECE) {
    inflater.push(body.subarray(from, from + PIECE))
    yield* out.splice(0)
  }
  inflater.finish()
  yield* out
}

/** Reads the tar header before the content as the layer's reader would; it must say what the index says. */
function checkHeader(bytes: Buffer, changeset: Changeset, entry: number, path: string): void {
  const found: TarEntry[] = []
  const reader = new TarReader({ entry: each => found.push(each), data: () => {}, end: () => {}, diagnostic: () => {} })
  reader.push(bytes)
  const [first] = found
  const builder = new ChangesetBuilder()
  if (first === undefined || first.dataOffset !== bytes.length || !builder.add(first))
    throw changed(path, 'its header is elsewhere')
  const [said, is] = [entryAt(changeset, entry), entryAt(builder.finish(), 0)]
  const same =
    said.path === is.path &&
    said.type === is.type &&
    said.size === is.size &&
    said.mode === is.mode &&
    said.uid === is.uid &&
    said.gid === is.gid &&
    said.mtime.seconds === is.mtime.seconds
  if (!same) throw changed(path, 'its header in the layer says something else')
}

function changed(path: string, why: string): ImageError {
  return new ImageError('CONTENT_CHANGED', `Cannot read "${path}" by the SOCI index: ${why}`, {
    hint: 'The index is not of this layer, or was damaged; read the image without it.',
  })
}
