import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDigest } from '../../src/blob/digest.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { entryPath } from '../../src/layer/changeset.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { LayerReader } from '../../src/worker/layer-reader.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { readContent } from '../../src/worker/read-file.ts'
import { byTurns, hasProgram, type Row, runPeel, scratch, timed } from './bench-kit.ts'
import { ratio } from './reading.ts'
import { longLayer, manyFiles } from './synthetic.ts'

/** The engine by itself: one layer in one thread, what a thread of entries costs, one file by random access. */
export async function* measure(): AsyncGenerator<Row> {
  const layout = await longLayer()
  const long = largestBlob(layout)
  const ours = await quickest(3, async () => readWhole(long))
  if (hasProgram('igzip') && hasProgram('openssl')) {
    const native = 'igzip -dc "$1" | openssl dgst -sha256 >/dev/null; openssl dgst -sha256 "$1" >/dev/null'
    const inspect = ['inspect', `oci:${layout}`, '--layers', '--json']
    const [whole, floor] = await byTurns(
      4,
      () => runPeel(inspect, scratch('long')),
      () => timed('sh', ['-c', native, 'sh', long]),
    )
    yield ratio('one layer of 500 MB, whole process: native floor', whole, floor, 1.1)
    // One thread against two programs side by side, then a third.
    yield ratio('one layer of 500 MB in one thread: native floor', ours, floor, 2)
  }
  const [few, many] = [largestBlob(await manyFiles(50_000, 1)), largestBlob(await manyFiles(1_000_000, 20))]
  const [base, twin] = [await quickest(3, async () => readWhole(few)), await quickest(3, async () => readWhole(many))]
  yield ratio('an entry of the 20th of a million, beside one of 50,000', twin, base, 1.5)
  yield* access(long)
}

/** A file near the end, without a process around it: the reading leaves checkpoints behind. */
async function* access(file: string): AsyncGenerator<Row> {
  const directory = mkdtempSync(join(tmpdir(), 'peel-bench-'))
  const cache = createChangesetCache({ directory })
  const pool = createLayerPool({ size: 1, cache })
  const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOfBlob(file), size: statSync(file).size }
  const local = { file, offset: 0, size: blob.size }
  const source: BlobSource = {
    name: file,
    roots: async () => [],
    fetchUnverified: () => {
      throw new Error('a local blob is not fetched')
    },
    locate: async () => local,
    close: async () => {},
  }
  try {
    const reading = await pool.readLayer(source, blob)
    const entry = Array.from({ length: reading.changeset.length }, (_, index) => index).find(
      index => entryPath(reading.changeset, index) === 'the/last-file',
    )
    if (entry === undefined) throw new Error('the layer has no the/last-file')
    const run = await quickest(5, async () => {
      for await (const _ of readContent(source, blob, reading, entry, { cache }));
    })
    yield {
      name: 'a file at the end of 500 MB of gzip, in the process',
      actual: run.seconds * 1000,
      limit: 50,
      unit: 'ms',
      detail: '',
    }
  } finally {
    await pool.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function readWhole(file: string): void {
  const bytes = readFileSync(file)
  const reader = new LayerReader({ mediaType: '', digest: digestOfBlob(file), size: bytes.length })
  for (let at = 0; at < bytes.length; at += 1 << 20) reader.push(bytes.subarray(at, at + (1 << 20)))
  reader.finish()
  reader.close()
}

const digestOfBlob = (file: string) => parseDigest(`sha256:${file.slice(-64)}`)

function largestBlob(layout: string): string {
  const blobs = readdirSync(`${layout}/blobs/sha256`).map(name => `${layout}/blobs/sha256/${name}`)
  return blobs.reduce((largest, blob) => (statSync(blob).size > statSync(largest).size ? blob : largest))
}

async function quickest(times: number, run: () => Promise<void>): Promise<{ seconds: number }> {
  let seconds = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < times; turn++) {
    const start = performance.now()
    await run()
    seconds = Math.min(seconds, (performance.now() - start) / 1000)
  }
  return { seconds }
}
