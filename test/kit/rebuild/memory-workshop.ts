import { gzipSync, zstdCompressSync } from 'node:zlib'
import { createInflater, sniffCompression } from '../../../src/blob/compression.ts'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import type { Compression } from '../../../src/blob/media-type.ts'
import { readBlob } from '../../../src/blob/read.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import type { LayerAtHand, Workshop } from '../../../src/rebuild/workshop.ts'
import { LayerReader } from '../../../src/worker/layer-reader.ts'
import { collect } from '../image/local-image.ts'
import { readLayerBytes } from '../layer/layer-reading.ts'

/** Reads and makes layers in this thread and in memory: for what is decided about them, not how they are read and written. */
export function memoryWorkshop(): Workshop {
  return {
    readLayer: async (source, blob) => readingOf(await collect(readBlob(source, blob)), blob),
    prepareCopy: async (source, blob) => async () => {
      const opened = await open(source, blob)
      return { reading: opened.reading, opened }
    },
    openLayer: open,
    ready: () => {},
    rest: async () => {},
    make: async (chunks, { compression }) => {
      const tar = await collect(chunks)
      const packed = PACK[compression](tar)
      const bytes = async function* () {
        yield packed
      }
      const blob = { digest: digestOf(packed), size: packed.length, file: undefined, bytes, remove: async () => {} }
      return { blob, written: readLayerBytes(tar) }
    },
  }
}

const PACK: Readonly<Record<Compression, (tar: Buffer) => Buffer>> = {
  none: tar => tar,
  gzip: tar => gzipSync(tar),
  zstd: tar => zstdCompressSync(tar),
}

async function open(source: BlobSource, blob: Descriptor): Promise<LayerAtHand> {
  const bytes = await collect(readBlob(source, blob))
  const parts: Buffer[] = []
  using inflater = createInflater(sniffCompression(bytes), {
    output: chunk => parts.push(Buffer.from(chunk)),
    diagnostic: () => {},
  })
  inflater.push(bytes)
  inflater.finish()
  const tar = Buffer.concat(parts)
  return {
    reading: readingOf(bytes, blob),
    read: (into, start, offset, length) => void tar.copy(into, start, offset, offset + length),
    inOrder: () => {},
    finish: () => {},
    close: async () => {},
  }
}

function readingOf(bytes: Buffer, blob: Descriptor) {
  const reader = new LayerReader(blob)
  try {
    reader.push(bytes)
    return reader.finish()
  } finally {
    reader.close()
  }
}
