import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { FileTransport } from '../../src/image/location.ts'
import { openSource } from '../../src/transport/open.ts'
import { openSink } from '../../src/transport/sink.ts'
import { type SinkPlace, sinkContract } from '../contract/sink.ts'
import { scratch } from '../kit/image/local-image.ts'

/** Everything but what peel hides while it works. */
function visibleFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(name => !name.split('/').some(part => part.startsWith('.peel-')))
    .sort()
}

/** The place `there`, named by a symlink to it: empty, or not there yet. */
function linkPlace(transport: FileTransport, made: boolean) {
  return async (context: TestContext): Promise<SinkPlace> => {
    const directory = scratch(context)
    const [link, there] = [join(directory, 'link'), join(directory, 'there')]
    if (made) mkdirSync(there)
    symlinkSync('there', link)
    return {
      open: ({ name: tag, force = false } = {}) =>
        openSink({ transport, path: link, selector: tag === undefined ? {} : { name: tag } }, { force }),
      read: () => {
        assert.equal(readlinkSync(link), 'there')
        return openSource({ transport, path: there, selector: {} })
      },
      visible: async () => visibleFiles(directory),
    }
  }
}

function filePlace(transport: FileTransport, name: string) {
  return async (context: TestContext): Promise<SinkPlace> => {
    const directory = scratch(context)
    const path = join(directory, name)
    return {
      open: ({ name: tag, force = false } = {}) =>
        openSink({ transport, path, selector: tag === undefined ? {} : { name: tag } }, { force }),
      read: () => openSource({ transport, path, selector: {} }),
      visible: async () => visibleFiles(directory),
    }
  }
}

const files = { keepsBytes: true, refusesTaken: true }

sinkContract({ ...files, name: 'layout', holdsMany: true, place: filePlace('oci', 'layout') })
sinkContract({
  ...files,
  name: 'layout in directories that are yet to be made',
  holdsMany: true,
  place: filePlace('oci', 'a/b/layout'),
})
sinkContract({ ...files, name: 'oci-archive', holdsMany: false, place: filePlace('oci-archive', 'image.tar') })
sinkContract({
  ...files,
  name: 'docker-archive',
  holdsMany: false,
  keepsBytes: false,
  place: filePlace('docker-archive', 'image.tar'),
})
sinkContract({ ...files, name: 'directory of skopeo', holdsMany: false, place: filePlace('dir', 'dir') })
for (const made of [true, false]) {
  const where = `through a link to ${made ? 'an empty directory' : 'nothing yet'}`
  sinkContract({ ...files, name: `layout ${where}`, holdsMany: true, place: linkPlace('oci', made) })
  sinkContract({ ...files, name: `directory of skopeo ${where}`, holdsMany: false, place: linkPlace('dir', made) })
}
sinkContract({
  name: 'standard output',
  keepsBytes: true,
  refusesTaken: false,
  holdsMany: false,
  place: async () => {
    const written: Buffer[] = []
    const output = new Writable({
      write(chunk, _, done) {
        written.push(Buffer.from(chunk))
        setImmediate(done)
      },
    })
    return {
      open: () => openSink({ transport: 'standard-stream' }, { output }),
      read: () => openSource({ transport: 'standard-stream' }, { input: fromChunks(written) }),
      visible: async () => written.map(String),
    }
  },
})

async function* fromChunks(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
