import { readdirSync, statSync } from 'node:fs'
import { best, byTurns, type Row, runPeel, scratch, scratchPlace, timed } from './bench-kit.ts'
import { ratio } from './reading.ts'
import { longLayer } from './synthetic.ts'

/** One file of a long layer that is listed: it costs what lies between it and the checkpoint before it, and so does the next. */
export async function* measure(): AsyncGenerator<Row> {
  yield* measureOne('gzip')
  yield* measureOne('zstd')
}

async function* measureOne(compression: 'gzip' | 'zstd'): AsyncGenerator<Row> {
  const layout = await longLayer(compression)
  const image = `oci:${layout}`
  const blobs = readdirSync(`${layout}/blobs/sha256`).map(name => `${layout}/blobs/sha256/${name}`)
  const layer = blobs.reduce((largest, blob) => (statSync(blob).size > statSync(largest).size ? blob : largest))
  const cache = `access-${compression}`
  const firstFile = async () => {
    await runPeel(['inspect', image, '--layers', '--json'], scratch(cache))
    const first = await runPeel(['cat', image, 'the/last-file'], scratchPlace(cache))
    if (first.stdout !== 'found\n') throw new Error(`the file reads ${JSON.stringify(first.stdout)}`)
    return first
  }
  const inflate = () => timed('sh', ['-c', `${compression} -dc < "$1" > /dev/null`, 'sh', layer])
  const [first, inflated] = await byTurns(5, firstFile, inflate)
  yield ratio(`a file at the end of 500 MB of ${compression}, first: ${compression} -dc`, first, inflated, 1)
  const second = await best(3, () => runPeel(['cat', image, 'the/other-file'], scratchPlace(cache)))
  yield {
    name: `another file of that ${compression} layer, a new process`,
    actual: second.seconds * 1000,
    limit: 100,
    unit: 'ms',
    detail: '',
  }
}
