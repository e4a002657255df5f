/**
 * `npm run mutate [-- --count N] [--seed N] [--tests N] [--seconds N] [--again LOG] [folder…]`: changes one token of the source at a time, runs the
 * compiler and the nearest tests, and prints which changes none of them saw. The sample is the same for the same seed and source.
 * `--again` judges the mutants that an earlier run's output calls survivors: with more tests and seconds, or with tests that were written
 * since. Those whose code has gone are named.
 *
 * The compiler sees all mutants first, one of each file at a time; those that are no TypeScript are left out of the score. Then works in
 * two copies of the tree, by the tests that run the changed line where `npm run mutate:learn` has learnt them. Prose is not mutated: a string for a person, with a space in it, that is an argument of an
 * error, a hint, a title or a summary (`prose.ts`). A message's exact words are held by golden outputs where they matter; blanking them
 * is not a defect of logic. Literals that are data (media types, annotation keys, header and field names) are mutated.
 * Neither are a default behind an index, which only the compiler asks for, nor the number of a limit: one more is the same limit.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MutantJudge, type Verdict } from './mutant-judge.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { typeErrors } from './type-errors.ts'

const COPIES = 2

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string' },
    tests: { type: 'string' },
    seconds: { type: 'string' },
    again: { type: 'string' },
  },
})
const [count, seed] = [Number(values.count ?? 200), Number(values.seed ?? 1)]
const limits = { tests: Number(values.tests ?? 12), budget: Number(values.seconds ?? 120) }

const sampled = chosen()
const refused = typeErrors(root, sampled)
const waiting = sampled.filter(mutant => !refused.has(mutant))
const verdicts = sampled.flatMap((mutant): { readonly mutant: Mutant; readonly verdict: Verdict }[] =>
  refused.get(mutant) === 'types' ? [{ mutant, verdict: 'types' }] : [],
)
for (const { mutant, verdict } of verdicts) console.log(`${verdict.padEnd(9)} ${nameOf(mutant)}`)
const judges = Array.from({ length: COPIES }, () => new MutantJudge(root, limits))
process.on('exit', () => {
  for (const judge of judges) judge.remove()
})
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
await Promise.all(judges.map(judgeAll))
report()

async function judgeAll(judge: MutantJudge): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await judge.verdict(mutant)
    verdicts.push({ mutant, verdict })
    console.log(`${verdict.padEnd(9)} ${nameOf(mutant)}`)
  }
}

function chosen(): Mutant[] {
  return values.again === undefined ? sample() : survivorsOf(readFileSync(values.again, 'utf8'))
}

/** The survivors of an earlier run. Lines have moved since: of the mutants of the file with the same words, the one nearest to where it was. */
function survivorsOf(log: string): Mutant[] {
  const named = [...log.matchAll(/^(?:survived|unrun) +(\S+):(\d+) (.*)$/gm)]
  const found = named.flatMap(([name, file = '', line = '', words]) => {
    const path = join(root, file)
    const alike = existsSync(path) ? mutantsOf(file, readFileSync(path, 'utf8')).filter(each => each.words === words) : []
    const [nearest] = alike.sort((one, other) => Math.abs(one.line - Number(line)) - Math.abs(other.line - Number(line)))
    if (nearest === undefined) console.log(`gone      ${name.replace(/^\w+ +/, '')}`)
    return nearest === undefined ? [] : [nearest]
  })
  return [...new Map(found.map(mutant => [nameOf(mutant), mutant])).values()]
}

/** Folders take turns, so that a small one is asked as often as a large one. */
function sample(): Mutant[] {
  const random = generator(seed)
  const byFolder = Map.groupBy(
    globSync('src/**/*.{ts,tsx}', { cwd: root })
      .filter(file => positionals.length === 0 || positionals.some(part => file.includes(part)))
      .sort(),
    file => dirname(file),
  )
  const pools = [...byFolder.values()].map(files =>
    files.flatMap(file => mutantsOf(file, readFileSync(join(root, file), 'utf8'))),
  )
  const mutants: Mutant[] = []
  while (mutants.length < count && pools.some(pool => pool.length > 0)) {
    for (const pool of pools) {
      if (pool.length > 0 && mutants.length < count) mutants.push(...pool.splice(Math.floor(random() * pool.length), 1))
    }
  }
  return mutants
}

function report(): void {
  const byFolder = Map.groupBy(verdicts, ({ mutant }) => dirname(mutant.file))
  const survivors = verdicts.filter(({ verdict }) => isSurvivor(verdict))
  const typed = verdicts.filter(({ verdict }) => verdict === 'types').length
  console.log(`\n${'folder'.padEnd(28)} killed of`)
  for (const [folder, each] of [...byFolder].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const killed = each.filter(({ verdict }) => !isSurvivor(verdict)).length
    console.log(`${folder.padEnd(28)} ${String(killed).padStart(6)} ${each.length}`)
  }
  const killed = verdicts.length - survivors.length
  const share = Math.round((1000 * killed) / Math.max(1, verdicts.length)) / 10
  console.log(`\n${killed} of ${verdicts.length} killed (${share} %), ${typed} of them by the compiler; seed ${seed}`)
  for (const { mutant, verdict } of survivors) console.log(`${verdict.padEnd(9)} ${nameOf(mutant)}`)
}

/** Nothing noticed the change. */
function isSurvivor(verdict: Verdict): boolean {
  return verdict === 'survived' || verdict === 'unrun'
}

function nameOf({ file, line, words }: Mutant): string {
  return `${file}:${line} ${words}`
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
