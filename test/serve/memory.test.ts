import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { startServing } from '../kit/program/serving.ts'

/** Bytes of the whole process, the program's text included (issue 16). */
const BUDGET = 80e6
const LAYERS = 6
const LAYER_BYTES = 175_000_000

test('a gigabyte is pulled, six layers at a time, from a process of 80 MB', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async context => {
  const layout = writeLayout(join(scratch(context), 'large'), { '': imageFixture([]) })
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }))
  const blob = (mediaType: string, bytes: Buffer, size = bytes.length) => {
    const digest = digestOf(bytes)
    const file = join(layout, 'blobs', ...digest.split(':'))
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, bytes)
    // Holes: nothing here reads the layers but the server, which gives out what lies there.
    if (size > bytes.length) truncateSync(file, size)
    return { mediaType, digest, size }
  }
  const layers = Array.from({ length: LAYERS }, (_, at) => blob(OCI_LAYER, Buffer.from(`layer ${at}`), LAYER_BYTES))
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: blob(OCI_CONFIG, config), layers }
  const root = blob(OCI_MANIFEST, Buffer.from(JSON.stringify(manifest)))
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [root] }))
  const serving = await startServing([layout])
  context.after(() => serving.stop())
  const received = await Promise.all(layers.map(({ digest }) => pulledBytes(`${serving.origin}/v2/large/blobs/${digest}`)))
  assert.deepEqual(
    received,
    layers.map(() => LAYER_BYTES),
  )
  const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${serving.pid}/status`, 'utf8'))?.[1]) * 1024
  context.diagnostic(`${(most / 1e6).toFixed(1)} MB`)
  assert.ok(most <= BUDGET, `${most} bytes`)
})

/** Reads an answer to its end without keeping it. */
function pulledBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, answer => {
      let bytes = 0
      answer.on('data', chunk => {
        bytes += chunk.length
      })
      answer.on('end', () => resolve(bytes))
      answer.on('error', reject)
    })
    asked.on('error', reject).end()
  })
}
