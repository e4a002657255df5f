/**
 * `npm run mutate [-- --count N] [--seed N] [--tests N] [folder…]`: changes one token of the source at a time, runs the nearest tests
 * and prints which changes no test saw. The sample is the same for the same seed and source. Works in a copy of the tree.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, mutantsOf } from './mutants.ts'
import { nearestTests } from './nearest-tests.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, tests: { type: 'string' } },
})
const [count, seed, tests] = [Number(values.count ?? 200), Number(values.seed ?? 1), Number(values.tests ?? 12)]
/** Tests run together; a mutant that one group misses goes to the next. */
const GROUP = 4
const GROUP_MILLISECONDS = 240_000

const root = fileURLToPath(new URL('../..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'peel-mutate-'))
for (const file of ['src', 'test', 'bin', 'README.md', 'CHANGELOG.md', 'package.json', 'tsconfig.json', 'biome.json']) {
  cpSync(join(root, file), join(copy, file), { recursive: true })
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130))

const nearest = nearestTests(copy)
const green = new Map<string, boolean>()
const survivors: Mutant[] = []
const score = new Map<string, [killed: number, all: number]>()
for (const mutant of sample()) {
  const verdict = judge(mutant)
  const folder = dirname(mutant.file)
  const [killed, all] = score.get(folder) ?? [0, 0]
  score.set(folder, [killed + (verdict === 'survived' ? 0 : 1), all + 1])
  if (verdict === 'survived') survivors.push(mutant)
  console.log(`${verdict.padEnd(9)} ${mutant.file}:${mutant.line} ${mutant.words}`)
}
report()

/** Folders take turns, so that a small one is asked as often as a large one. */
function sample(): Mutant[] {
  const random = generator(seed)
  const byFolder = Map.groupBy(
    globSync('src/**/*.{ts,tsx}', { cwd: copy })
      .filter(file => positionals.length === 0 || positionals.some(part => file.includes(part)))
      .sort(),
    file => dirname(file),
  )
  const pools = [...byFolder.values()].map(files =>
    files.flatMap(file => mutantsOf(file, readFileSync(join(copy, file), 'utf8'))),
  )
  const chosen: Mutant[] = []
  while (chosen.length < count && pools.some(pool => pool.length > 0)) {
    for (const pool of pools) {
      if (pool.length > 0 && chosen.length < count) chosen.push(...pool.splice(Math.floor(random() * pool.length), 1))
    }
  }
  return chosen
}

function judge(mutant: Mutant): 'killed' | 'types' | 'survived' {
  const path = join(copy, mutant.file)
  const text = readFileSync(path, 'utf8')
  const wanted = nearest(mutant.file, tests)
  try {
    writeFileSync(path, text.slice(0, mutant.offset) + mutant.replacement + text.slice(mutant.offset + mutant.length))
    for (let at = 0; at < wanted.length; at += GROUP) {
      const group = wanted.slice(at, at + GROUP)
      if (passes(group)) continue
      writeFileSync(path, text)
      const sound = group.filter(isGreen)
      if (sound.length === group.length) return 'killed'
      // One of them is red anyway: the others decide.
      writeFileSync(path, text.slice(0, mutant.offset) + mutant.replacement + text.slice(mutant.offset + mutant.length))
      if (sound.length > 0 && !passes(sound)) return 'killed'
    }
    return run(['node_modules/.bin/tsc', '-p', '.']) ? 'survived' : 'types'
  } finally {
    writeFileSync(path, text)
  }
}

function isGreen(test: string): boolean {
  const known = green.get(test) ?? passes([test])
  green.set(test, known)
  return known
}

function passes(group: readonly string[]): boolean {
  const bundled = group.some(test => /peel-command|pty\.ts|bundle/.test(readFileSync(join(copy, test), 'utf8')))
  if (bundled && !run(['bin/build.js'])) return false
  return run(['test/kit/run-tests.js', '--test-reporter=dot', ...group])
}

function run(args: readonly string[]): boolean {
  const [script = '', ...rest] = args
  const command = script.startsWith('node_modules/.bin/') ? [script, ...rest] : [process.execPath, script, ...rest]
  const { status } = spawnSync(command[0] ?? '', command.slice(1), {
    cwd: copy,
    stdio: 'ignore',
    timeout: GROUP_MILLISECONDS,
    killSignal: 'SIGKILL',
  })
  return status === 0
}

function report(): void {
  const all = [...score.values()].reduce((sum, [, each]) => sum + each, 0)
  console.log(`\n${'folder'.padEnd(28)} killed of`)
  for (const [folder, [killed, each]] of [...score].sort())
    console.log(`${folder.padEnd(28)} ${String(killed).padStart(6)} ${each}`)
  console.log(
    `\n${all - survivors.length} of ${all} killed (${Math.round((100 * (all - survivors.length)) / Math.max(1, all))} %), seed ${seed}`,
  )
  for (const { file, line, words } of survivors) console.log(`survived  ${file}:${line} ${words}`)
}

/** Mulberry32: the same numbers on every machine. */
function generator(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
