import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Location } from '../../src/image/location.ts'
import { openSource } from '../../src/transport/open.ts'
import { sourceContract } from '../contract/source.ts'
import { dockerArchive, ociArchive } from '../kit/image/archive-fixture.ts'
import { indexFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const at = (path: string): Location => ({ transport: 'path', path, selector: {} })

sourceContract({
  name: 'layout',
  local: true,
  keepsBytes: true,
  open: (context, images) => openSource(at(writeLayout(join(scratch(context), 'layout'), images))),
})

sourceContract({
  name: 'directory of skopeo',
  local: true,
  keepsBytes: true,
  named: false,
  open: (context, images) => {
    const directory = scratch(context)
    const index = indexFixture(Object.values(images))
    const manifests = new Set(Object.values(images).map(({ descriptor }) => descriptor.digest as string))
    for (const [digest, bytes] of index.blobs) {
      const name = digest.replace('sha256:', '')
      const isRoot = digest === index.descriptor.digest
      writeFileSync(join(directory, isRoot ? 'manifest.json' : manifests.has(digest) ? `${name}.manifest.json` : name), bytes)
    }
    writeFileSync(join(directory, 'version'), 'Directory Transport Version: 1.1\n')
    return openSource({ transport: 'dir', path: directory, selector: {} })
  },
})

const ARCHIVES = {
  'oci-archive': { make: ociArchive, keepsBytes: true },
  'docker-archive': { make: dockerArchive, keepsBytes: false },
}
/** Two frames: the second is what Node's own decoder would leave out. */
const twoFrames = (bytes: Buffer) =>
  Buffer.concat([zstdCompressSync(bytes.subarray(0, 1000)), zstdCompressSync(bytes.subarray(1000))])
const PACKED = { plain: (bytes: Buffer) => bytes, gzip: gzipSync, zstd: twoFrames }

for (const [name, { make, keepsBytes }] of Object.entries(ARCHIVES)) {
  for (const [packing, pack] of Object.entries(PACKED)) {
    sourceContract({
      name: `${name}, ${packing}`,
      local: true,
      keepsBytes,
      open: async (context, images) => {
        const file = join(scratch(context), 'image.bin')
        writeFileSync(file, pack(make(images)))
        return openSource(at(file))
      },
    })
  }
  sourceContract({
    name: `${name} on standard input`,
    local: true,
    keepsBytes,
    open: (_, images) => openSource({ transport: 'standard-stream' }, { input: inPieces(gzipSync(make(images))) }),
  })
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += at < 60 ? 3 : 1024) yield bytes.subarray(at, at + (at < 60 ? 3 : 1024))
}
