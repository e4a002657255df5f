import { createHash } from 'node:crypto'
import { createInflater, sniffCompression } from '../../blob/compression.ts'
import { digestFrom } from '../../blob/digest.ts'
import { type Compression, layerMediaType, type Packing } from '../../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { TarInput } from '../../make/build-task.ts'
import { openRegularFile, quotePath, readRange, systemError } from '../../transport/local-file.ts'
import { localSource } from '../../transport/local-source.ts'

/**
 * A tar of this machine as a layer. Compressed in the way that is wanted it is kept byte for byte; anything else is inflated, and
 * its tar, which stays as it is, compressed.
 * @throws ImageError `SOURCE_UNREADABLE`
 */
export async function openTar(typed: string, wanted: Compression | undefined, signal: AbortSignal): Promise<TarInput> {
  const size = await sizeOf(typed)
  const compression = sniffCompression(await firstBytes(typed, size))
  if (compression === 'none' || compression === 'bzip2' || (wanted !== undefined && wanted !== compression)) {
    return { kind: 'tar', name: quotePath(typed), chunks: until => inflated(typed, size, compression, until) }
  }
  const hash = createHash('sha256')
  for await (const chunk of readRange(typed, 0, size, signal)) hash.update(chunk)
  const digest = digestFrom(hash)
  const source = localSource({
    name: quotePath(typed),
    roots: [],
    diagnostics: [],
    documents: [],
    find: async asked => (asked === digest ? { file: typed, offset: 0, size } : undefined),
  })
  return { kind: 'blob', source, blob: { mediaType: layerMediaType('oci', compression), digest, size } }
}

async function sizeOf(typed: string): Promise<number> {
  try {
    const { handle, size } = await openRegularFile(typed)
    await handle.close()
    return size
  } catch (thrown) {
    throw new ImageError('SOURCE_UNREADABLE', systemError(thrown, `read ${quotePath(typed)}`).message, { cause: thrown })
  }
}

async function firstBytes(file: string, size: number): Promise<Buffer> {
  for await (const chunk of readRange(file, 0, Math.min(512, size))) return chunk
  return Buffer.alloc(0)
}

async function* inflated(
  file: string,
  size: number,
  compression: Packing,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const bytes = readRange(file, 0, size, signal)
  if (compression === 'none') {
    yield* bytes
    return
  }
  const parts: Uint8Array[] = []
  const problems: Diagnostic[] = []
  using inflater = createInflater(compression, {
    output: chunk => void parts.push(Uint8Array.from(chunk)),
    diagnostic: diagnostic => void problems.push(diagnostic),
  })
  try {
    for await (const chunk of bytes) {
      inflater.push(chunk)
      yield* parts.splice(0)
    }
    inflater.finish()
    yield* parts.splice(0)
  } catch (thrown) {
    signal?.throwIfAborted()
    if (thrown instanceof ImageError) throw thrown
    throw new ImageError(
      'TAR_DAMAGED',
      { action: `use ${quotePath(file)} as a layer`, why: 'it cannot be unpacked' },
      { cause: thrown },
    )
  }
}
