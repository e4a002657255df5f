import { foreignLeft } from '../blob/foreign-layer.ts'
import { bytesForSink } from '../blob/read.ts'
import type { BlobSink, BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import type { Rebuilt } from './rebuild.ts'
import type { Output } from './rebuilt-image.ts'
import type { RebuildProgress } from './workshop.ts'

export type PublishOptions = {
  readonly onProgress?: (progress: RebuildProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Sends a rebuilt image to a place: blobs it lacks, the root last, then makes it visible. When anything fails, the place
 * is as it was.
 * @throws ImageError those of the source and the sink
 */
export async function publish(
  { outputs, root }: Pick<Rebuilt, 'outputs' | 'root'>,
  source: BlobSource,
  sink: BlobSink,
  name: string | undefined,
  { onProgress, signal }: PublishOptions = {},
): Promise<readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = []
  const total = outputs.reduce((sum, { blob }) => sum + blob.size, 0)
  let done = 0
  try {
    for (const output of outputs) {
      signal?.throwIfAborted()
      const before = done
      const onBytes = (bytes: number) => {
        done += bytes
        onProgress?.({ phase: 'copying', done, total })
      }
      const missing = await send(output, source, sink, onBytes, signal)
      if (missing !== undefined) diagnostics.push(missing)
      done = before + output.blob.size
      onProgress?.({ phase: 'copying', done, total })
    }
    signal?.throwIfAborted()
    await sink.commit(root, name, signal)
    return diagnostics
  } finally {
    await sink.abort()
  }
}

async function send(
  { blob, from }: Output,
  source: BlobSource,
  sink: BlobSink,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Diagnostic | undefined> {
  if (await sink.has(blob, signal)) return undefined
  try {
    const file = from === 'source' || from instanceof Uint8Array ? undefined : from.file
    if (file !== undefined && (await sink.adopt?.(blob, file)) === true) return undefined
    await sink.put(
      blob,
      counted(() => bytesOf(from, blob, source, signal), onBytes),
      signal,
    )
    return undefined
  } catch (thrown) {
    return foreignLeft(blob, thrown)
  }
}

function bytesOf(
  from: Output['from'],
  blob: Output['blob'],
  source: BlobSource,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (from === 'source') return bytesForSink(source, blob, signal)
  return from instanceof Uint8Array ? once(from) : from.bytes(signal)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Opens the bytes anew each time it is asked: a registry is then sent one stream, and a broken one starts again. */
function counted(open: () => AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of open()) {
        yield chunk
        onBytes(chunk.byteLength)
      }
    },
  }
}
