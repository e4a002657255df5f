import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Tools of the bench modules: images, a place for scratch files, timed runs. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Images are made once and kept here. */
export const CACHE = process.env['PEEL_BENCH_DIR'] ?? `${ROOT}.bench`

export type Run = {
  /** Wall time in seconds. */
  readonly seconds: number
  /** Peak resident memory in bytes; 0 where the program is not ours. */
  readonly rss: number
  readonly stdout: string
}

/** One line of the table: `actual` must not pass `limit`. */
export type Row = {
  readonly name: string
  readonly actual: number
  readonly limit: number
  readonly unit: '×' | 's' | 'MB' | 'ms' | 'requests'
  /** The figures behind a ratio. */
  readonly detail: string
}

export type BenchModule = { readonly measure: () => AsyncIterable<Row> }

/** Prints peak memory on descriptor 3 when the program ends. */
const METER = `${ROOT}test/bench/peak-memory.cjs`

/** Runs the bundle that is shipped. `cache` is a directory for its cache, made when missing. */
export async function runPeel(args: readonly string[], cache: string): Promise<Run> {
  mkdirSync(cache, { recursive: true })
  return await timed(process.execPath, ['--require', METER, `${ROOT}bin/peel.js`, ...args], { XDG_CACHE_HOME: cache })
}

/** The directory that `scratch` of that name made last. */
export function scratchPlace(name: string): string {
  return `${CACHE}/scratch/${name}`
}

/** A directory that is empty now. */
export function scratch(name: string): string {
  const directory = scratchPlace(name)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  return directory
}

export async function timed(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const started = performance.now()
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const [out, err, meter]: [Buffer[], Buffer[], Buffer[]] = [[], [], []]
  child.stdout?.on('data', chunk => out.push(chunk))
  child.stderr?.on('data', chunk => err.push(chunk))
  child.stdio[3]?.on('data', chunk => meter.push(chunk))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${Buffer.concat(err)}`)
  return { seconds, rss: Number(Buffer.concat(meter).toString() || 0) * 1024, stdout: Buffer.concat(out).toString() }
}

/** The quickest of a few runs: the one that was disturbed least. */
export async function best(times: number, run: () => Promise<Run>): Promise<Run> {
  let found = await run()
  for (let turn = 1; turn < times; turn++) {
    found = quicker(found, await run())
  }
  return found
}

/** The quickest run of each of two programs, run by turns, so that what else the machine does falls on both. */
export async function byTurns(times: number, one: () => Promise<Run>, other: () => Promise<Run>): Promise<[Run, Run]> {
  let [first, second] = [await one(), await other()]
  for (let turn = 1; turn < times; turn++) [first, second] = [quicker(first, await one()), quicker(second, await other())]
  return [first, second]
}

/** The quicker of two runs, with the larger memory of both. */
export function quicker<Either extends Pick<Run, 'seconds' | 'rss'>>(one: Either, other: Either): Either {
  return { ...(other.seconds < one.seconds ? other : one), rss: Math.max(one.rss, other.rss) }
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0
}

export const MB = 1e6
export const seconds = (run: Run) => `${run.seconds.toFixed(2)} s`
