import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { KEY, type PtySession, peelInTerminal } from '../kit/program/pty.ts'
import { CACHE, type Row, scratch } from './bench-kit.ts'
import { hugeDirectory, manyFiles, manyLayers, oneRemoval } from './synthetic.ts'

/**
 * From SIGUSR2 to the next one, the longest turn of the main thread's event loop, in milliseconds of its processor time and of
 * the wall clock, into the file that PEEL_BENCH_DELAY names, and the longest after that, while the program ends and no key waits.
 * Processor time is what the design decides; the clock also counts what else the machine does.
 */
const METER = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) {
  let [cpu, wall, ending, signals] = [0, 0, 0, 0]
  const spent = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000 }
  // Kept on: Ink ends the program at a signal without a listener.
  process.on('SIGUSR2', () => {
    if (++signals > 1) return
    let [before, at] = [spent(), performance.now()]
    setInterval(() => {
      const [after, now] = [spent(), performance.now()]
      if (signals > 1) ending = Math.max(ending, after - before)
      else [cpu, wall] = [Math.max(cpu, after - before), Math.max(wall, now - at)]
      ;[before, at] = [after, now]
    }, 1).unref()
  })
  process.on('exit', () => writeFileSync(process.env.PEEL_BENCH_DELAY, JSON.stringify({ cpu, wall, ending })))
}`,
)}`

/** A frame at 30 a second. */
const FRAME = 33
/** The longest that reading may take, on a machine that does other work, too. */
const READ_MILLISECONDS = 5 * 60_000

/** How long a key may have to wait while layers are read, added up and listed, and while the lists are worked with. */
export async function* measure(): AsyncGenerator<Row> {
  const shapes: readonly (readonly [string, string])[] = [
    ['500,000 files in 20 layers', await manyFiles(500_000, 20)],
    ['500,000 files in one directory', await hugeDirectory(500_000)],
    ['300,000 files and one whiteout', await oneRemoval(300_000)],
    ['300 layers of two files', await manyLayers(300)],
  ]
  for (const [shape, layout] of shapes) {
    const cache = scratch('interface')
    for (const name of ['cold', 'warm']) {
      const { cpu, wall, ending } = await longestTurn(layout, cache)
      const detail = `${wall.toFixed(0)} ms by the clock; ${ending.toFixed(0)} ms when it ends`
      yield { name: `${shape}, ${name}: longest turn of the interface`, actual: cpu, limit: FRAME, unit: 'ms', detail }
    }
  }
}

type Longest = { readonly cpu: number; readonly wall: number; readonly ending: number }

async function longestTurn(layout: string, cache: string): Promise<Longest> {
  const file = `${CACHE}/scratch/interface/delay`
  const env = { XDG_CACHE_HOME: cache, NODE_OPTIONS: `--import ${METER}`, PEEL_BENCH_DELAY: file }
  const session = peelInTerminal([layout], { env, columns: 120, rows: 40, settings: {} })
  try {
    await session.shows('STORY')
    session.kill('SIGUSR2')
    const isRead = (screen: string) => /\d % hidden/.test(screen) && !/so far|checking/.test(screen)
    // The cursor goes up and down the layers while they are read.
    session.type('1')
    for (let turn = 0; !isRead(session.model.text()) && turn < 1000; turn++) {
      session.type(turn % 8 < 4 ? 'j' : 'k')
      await pause(50)
    }
    await session.until(isRead, 'read all of it', READ_MILLISECONDS)
    await workOnLists(session)
    await lookAtPictures(session)
    session.kill('SIGUSR2')
    // The signal is heard in a turn of its own.
    await pause(100)
    session.type(KEY.ctrlC)
    await session.ended()
    return JSON.parse(readFileSync(file, 'utf8'))
  } finally {
    await session.close()
  }
}

async function type(session: PtySession, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    session.type(key)
    await pause(60)
  }
  await session.settled()
}

/** Everything that looks at all files: opening all, sorting by each column, searching, filtering, other trees, other lists. */
async function workOnLists(session: PtySession): Promise<void> {
  const typed = (...keys: readonly string[]) => type(session, keys)
  await typed('2', 'E', 'G')
  for (let column = 0; column < 7; column++) await typed('o')
  await typed('R', 'C', '/', ...'file-4', KEY.escape)
  await typed('f', ...'name-12', KEY.enter, KEY.escape, 'f', ...'>1 uid:0', KEY.enter, KEY.escape)
  await typed('t', '1', 'j', 'j', 'j', 'k', '2', 't', '1', 'k', '2', 't', '.', '.')
  await typed('3', 'o', 't', 't', 't', '4', 'o', 'R', KEY.escape)
}

/** The pages that draw all files or all layers at once. */
async function lookAtPictures(session: PtySession): Promise<void> {
  const typed = (...keys: readonly string[]) => type(session, keys)
  await typed('2', 'M', 'l', 'j', 'm', 'm', KEY.escape)
  await typed('1', 't', 'l', 'l', KEY.escape, '1', 'g', '=', 'G', '=', 't', 'E', KEY.escape, '!', 'E', KEY.escape, 's')
}
