import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'

/**
 * An image of `entries` entries in three layers, a hundred to a directory, written to an OCI layout a megabyte at a time:
 * half a million take seconds and no memory. The last layer writes the first directories again.
 */
export function writeLargeLayout(directory: string, entries: number): string {
  const blobs = `${directory}/blobs/sha256`
  mkdirSync(blobs, { recursive: true })
  const directories = entries / 100
  const first = Math.floor(directories * 0.8)
  const layers = [
    writeLayer(blobs, 0, first, 'a'),
    writeLayer(blobs, first, directories, 'b'),
    writeLayer(blobs, 0, directories / 100, 'a'),
  ]
  const config = put(blobs, {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map((_, position) => ({ created_by: `layer ${position + 1}` })),
  })
  const type = (name: string) => `application/vnd.oci.image.${name}`
  const manifest = put(blobs, {
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: { mediaType: type('config.v1+json'), ...config },
    layers: layers.map(layer => ({ mediaType: type('layer.v1.tar'), ...layer })),
  })
  const index = { schemaVersion: 2, manifests: [{ mediaType: type('manifest.v1+json'), ...manifest }] }
  writeFileSync(`${directory}/index.json`, JSON.stringify(index))
  writeFileSync(`${directory}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}')
  return directory
}

type Written = { readonly digest: string; readonly size: number }

function writeLayer(blobs: string, from: number, to: number, tag: string): Written {
  const hash = createHash('sha256')
  const file = openSync(`${blobs}/layer`, 'w')
  let size = 0
  const write = (bytes: Buffer) => {
    hash.update(bytes)
    size += writeSync(file, bytes)
  }
  const blocks = Buffer.alloc(512 * 2000)
  let at = 0
  const add = (name: string) => {
    writeHeader(blocks, at, name)
    at += 512
    if (at < blocks.length) return
    write(blocks)
    at = 0
  }
  for (let directory = from; directory < to; directory++) {
    const path = `srv/package-${String(directory).padStart(5, '0')}/`
    add(path)
    for (let each = 1; each < 100; each++) add(`${path}module_${tag}_${String(each).padStart(3, '0')}.js`)
  }
  write(blocks.subarray(0, at))
  write(Buffer.alloc(1024))
  closeSync(file)
  const hex = hash.digest('hex')
  renameSync(`${blobs}/layer`, `${blobs}/${hex}`)
  return { digest: `sha256:${hex}`, size }
}

/** An empty file, or a directory where the name ends in a slash. */
function writeHeader(blocks: Buffer, at: number, name: string): void {
  blocks.fill(0, at, at + 512)
  blocks.write(name, at, 'latin1')
  blocks.write(name.endsWith('/') ? DIRECTORY : FILE, at + 100, 'latin1')
  let sum = 0
  for (let index = at; index < at + 512; index++) sum += blocks[index] ?? 0
  blocks.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
}

const FIELDS = `\u00000000000\u00000000000\u0000${'0'.repeat(11)}\u0000${(1_700_000_000).toString(8)}\u0000        `
const USTAR = `${'\0'.repeat(100)}ustar\u000000`
const FILE = `0000644${FIELDS}0${USTAR}`
const DIRECTORY = `0000755${FIELDS}5${USTAR}`

function put(blobs: string, document: object): Written {
  const bytes = Buffer.from(JSON.stringify(document))
  const hex = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(`${blobs}/${hex}`, bytes)
  return { digest: `sha256:${hex}`, size: bytes.length }
}
