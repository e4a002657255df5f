import { readdirSync, statSync } from 'node:fs'
import { best, type Row, runPeel, scratch, timed } from './bench-kit.ts'
import { ratio } from './reading.ts'
import { longLayer } from './synthetic.ts'

/** One file of a long layer: the first costs what lies before it, the next nothing. A zstd layer of one frame is spooled meanwhile. */
export async function* measure(): AsyncGenerator<Row> {
  yield* measureOne('gzip')
  yield* measureOne('zstd')
}

async function* measureOne(compression: 'gzip' | 'zstd'): AsyncGenerator<Row> {
  const layout = await longLayer(compression)
  const image = `oci:${layout}`
  const blobs = readdirSync(`${layout}/blobs/sha256`).map(name => `${layout}/blobs/sha256/${name}`)
  const layer = blobs.reduce((largest, blob) => (statSync(blob).size > statSync(largest).size ? blob : largest))
  const inflate = await best(2, () => timed('sh', ['-c', `${compression} -dc < "$1" > /dev/null`, 'sh', layer]))
  const cache = scratch(`access-${compression}`)
  await runPeel(['inspect', image, '--layers', '--json'], cache)
  const first = await runPeel(['cat', image, 'the/last-file'], cache)
  if (first.stdout !== 'found\n') throw new Error(`the file reads ${JSON.stringify(first.stdout)}`)
  yield ratio(`a file at the end of 500 MB of ${compression}, first: ${compression} -dc`, first, inflate, 1)
  const second = await best(3, () => runPeel(['cat', image, 'the/other-file'], cache))
  yield {
    name: `another file of that ${compression} layer, a new process`,
    actual: second.seconds * 1000,
    limit: 100,
    unit: 'ms',
    detail: '',
  }
}
