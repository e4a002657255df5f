import type { Descriptor } from '../blob/descriptor.ts'
import { foreignLeft } from '../blob/foreign-layer.ts'
import { documentKind } from '../blob/media-type.ts'
import { bytesForSink, readDocument } from '../blob/read.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { parseManifest } from '../image/manifest.ts'

export type Copied = {
  readonly root: Descriptor
  /** Of the images, in order. */
  readonly layers: readonly Descriptor[]
  /** Of all blobs, those that were there already included. */
  readonly bytes: number
  readonly diagnostics: readonly Diagnostic[]
}

export type CopyOptions = {
  readonly onProgress?: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** Blobs on their way at once. */
const PARALLEL = 4
/** Indexes inside each other. */
const DEPTH = 16

/**
 * Copies an image, or an index with all below it, byte for byte: blobs first and at once, then documents, children before
 * their index. What the destination has already is not read.
 * @throws ImageError those of the source and the sink
 */
export async function copyImage(
  source: BlobSource,
  root: Descriptor,
  sink: BlobSink,
  name: string | undefined,
  { onProgress, signal }: CopyOptions,
): Promise<Copied> {
  const family: Family = { blobs: new Map(), documents: new Map(), layers: [] }
  await collect(source, root, family, signal, 0)
  const total = [...family.blobs.values(), ...[...family.documents.values()].map(({ blob }) => blob)].reduce(
    (sum, { size }) => sum + size,
    0,
  )
  const diagnostics: Diagnostic[] = []
  let done = 0
  const move = async (blob: Descriptor, bytes: AsyncIterable<Uint8Array>) => {
    const start = done
    let seen = 0
    const count = (length: number) => {
      seen += length
      done += length
      onProgress?.(done, total)
    }
    if (!(await sink.has(blob, signal))) await sink.put(blob, counted(bytes, count), signal)
    // A blob that was there, or was read twice after a setback, counts once.
    if (seen !== blob.size) done += blob.size - seen
    onProgress?.(Math.max(start, done), total)
  }
  await inParallel([...family.blobs.values()], PARALLEL, async blob => {
    const missing = await move(
      blob,
      again(() => bytesForSink(source, blob, signal)),
    ).catch(thrown => foreignLeft(blob, thrown))
    if (missing !== undefined) diagnostics.push(missing)
  })
  for (const { blob, raw } of family.documents.values())
    await move(
      blob,
      again(() => once(raw)),
    )
  signal.throwIfAborted()
  await sink.commit(root, name, signal)
  return { root, layers: family.layers, bytes: total, diagnostics }
}

type Family = {
  readonly blobs: Map<string, Descriptor>
  /** Children before their index. */
  readonly documents: Map<string, { readonly blob: Descriptor; readonly raw: Uint8Array }>
  readonly layers: Descriptor[]
}

async function collect(source: BlobSource, blob: Descriptor, family: Family, signal: AbortSignal, depth: number): Promise<void> {
  if (family.documents.has(blob.digest)) return
  const kind = documentKind(blob.mediaType)
  if ((kind !== 'index' && kind !== 'manifest') || depth > DEPTH) {
    family.blobs.set(blob.digest, blob)
    return
  }
  const raw = await readDocument(source, blob, signal)
  if (kind === 'index') {
    for (const child of parseImageIndex(raw, 'the index', blob.mediaType).value.manifests)
      await collect(source, child, family, signal, depth + 1)
  } else {
    const { config, layers } = parseManifest(raw, 'the manifest', blob.mediaType).value
    for (const each of [config, ...layers]) family.blobs.set(each.digest, each)
    family.layers.push(...layers)
  }
  family.documents.set(blob.digest, { blob, raw })
}

/** Bytes that can be read again from their start: an upload that breaks starts anew. */
function again(open: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => open()[Symbol.asyncIterator]() }
}

function counted(bytes: AsyncIterable<Uint8Array>, count: (length: number) => void): AsyncIterable<Uint8Array> {
  return again(async function* () {
    for await (const chunk of bytes) {
      yield chunk
      count(chunk.byteLength)
    }
  })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The first failure stops what has not begun and is thrown when what runs has ended. */
async function inParallel<T>(items: readonly T[], limit: number, task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await task(item)
      } catch (thrown) {
        queue.length = 0
        throw thrown
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: limit }, work))
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
