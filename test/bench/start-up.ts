import { byTurns, ROOT, type Row, runPeel, scratch, timed } from './bench-kit.ts'
import { ratio } from './reading.ts'
import { smallLayers } from './synthetic.ts'

/** How soon an answer is there that needs no layer: bare Node, the program's version, the documents of an image. */
export async function* measure(): AsyncGenerator<Row> {
  const peel = (...args: string[]) => timed(process.execPath, [`${ROOT}bin/peel.js`, ...args], { XDG_CACHE_HOME: cache })
  const cache = scratch('start-up')
  const [version, bare] = await byTurns(
    15,
    () => peel('--version'),
    () => timed(process.execPath, ['-e', '0']),
  )
  yield ratio('--version : bare node', version, bare, 2)
  const image = `oci:${await smallLayers()}`
  await runPeel(['inspect', image], cache)
  const [inspected] = await byTurns(
    15,
    () => peel('inspect', image),
    () => timed(process.execPath, ['-e', '0']),
  )
  yield { name: 'inspect of a layout', actual: inspected.seconds * 1000, limit: 100, unit: 'ms', detail: '' }
}
