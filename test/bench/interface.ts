import { existsSync, readFileSync } from 'node:fs'
import { writeLargeLayout } from '../kit/large-image.ts'
import { peelInTerminal } from '../kit/pty.ts'
import { CACHE, type Row, scratch } from './bench-kit.ts'

/** Writes the longest time the event loop stood still, in milliseconds, to the file that PEEL_BENCH_DELAY names. */
const METER = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  setTimeout(() => delay.enable(), 700).unref()
  process.on('exit', () => writeFileSync(process.env.PEEL_BENCH_DELAY, String(delay.max / 1e6)))
}`,
)}`

/** How long a key may have to wait while half a million entries are read, added up and listed. */
export async function* measure(): AsyncGenerator<Row> {
  const layout = `${CACHE}/entries-500000`
  if (!existsSync(`${layout}/index.json`)) writeLargeLayout(layout, 500_000)
  const cache = scratch('interface')
  for (const name of ['cold', 'warm']) {
    const file = `${cache}/delay-${name}`
    const env = { XDG_CACHE_HOME: cache, NODE_OPTIONS: `--import ${METER}`, PEEL_BENCH_DELAY: file }
    const session = peelInTerminal([layout], { env })
    try {
      await session.until(screen => /wasted/.test(screen) && /▾ \//.test(screen), 'show the files', 90_000)
      await session.settled()
      session.type('q')
      await session.ended()
      const actual = Number(readFileSync(file, 'utf8'))
      yield { name: `500,000 entries, ${name}: longest step of the interface`, actual, limit: 33, unit: 'ms', detail: '' }
    } finally {
      await session.close()
    }
  }
}
