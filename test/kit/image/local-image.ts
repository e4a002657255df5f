import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createInflater, sniffCompression } from '../../../src/blob/compression.ts'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import type { Packing } from '../../../src/blob/media-type.ts'
import { readBlob } from '../../../src/blob/read.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import { type ImageListing, listImages } from '../../../src/image/list.ts'
import { parseLocation } from '../../../src/image/location.ts'
import { type OpenSourceOptions, openSource } from '../../../src/transport/open.ts'
import { temporaryDirectory } from '../../../src/transport/temporary-directory.ts'
import { run } from '../peer.ts'

/** A directory for one test, removed when it ends. */
export function scratch(context: TestContext): string {
  const directory = mkdtempSync(join(temporaryDirectory(), 'peel-test-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Opens what `text` names, the way the command line does; closed when the test ends. */
export async function openText(
  context: TestContext,
  text: string,
  options: OpenSourceOptions = {},
): Promise<{ source: BlobSource; listing: ImageListing }> {
  const source = await openSource(parseLocation(text, existsSync), options)
  context.after(() => source.close())
  return { source, listing: await listImages(source) }
}

/** Runs `body` with a directory on a file system of `size` (tmpfs); needs root. */
export async function onSmallDisk(context: TestContext, size: string, body: (directory: string) => Promise<void>): Promise<void> {
  const directory = scratch(context)
  run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory])
  try {
    await body(directory)
  } finally {
    run('umount', [directory])
  }
}

export type LayerFacts = {
  readonly bytes: number
  readonly compression: Packing
  readonly diffID: string
  readonly odd: readonly string[]
}

/** Reads a layer's blob to its end, verified, and inflates it: what it is, and the digest of what it holds. */
export async function layerFacts(source: BlobSource, blob: Descriptor): Promise<LayerFacts> {
  const hash = createHash('sha256')
  const odd: string[] = []
  const bytes = await collect(readBlob(source, blob))
  const compression = sniffCompression(bytes)
  using inflater = createInflater(compression, { output: chunk => hash.update(chunk), diagnostic: ({ code }) => odd.push(code) })
  inflater.push(bytes)
  inflater.finish()
  return { bytes: bytes.length, compression, diffID: `sha256:${hash.digest('hex')}`, odd }
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
