import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { buildOnce } from '../kit/program/peel-command.ts'
import { type BenchModule, CACHE, ROOT, type Row } from './bench-kit.ts'
import { figure, recordModule } from './record.ts'

/**
 * `npm run bench [module…]`: makes its images once, then measures pairs in the same run and prints ratios, losses included.
 * A module that is not named is left out; all run when none is. `--record` keeps the rows of each module in result.json, for the README.
 */
const MODULES = [
  'start-up',
  'reading',
  'shapes',
  'access',
  'engine',
  'overlay',
  'compare',
  'interface',
  'opening',
  'registry',
  'rebuild',
] as const

mkdirSync(CACHE, { recursive: true })
buildOnce()
const record = process.argv.includes('--record')
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 1e9).toFixed(0)} GB, node ${process.version}`
console.log(`commit ${commit}\nmachine ${machine}\n`)
console.log(`${'what'.padEnd(66)} ${'actual'.padStart(10)} ${'limit'.padStart(10)}`)
let losses = 0
for (const name of MODULES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (!existsSync(`${ROOT}test/bench/${name}.ts`)) continue
  const module: BenchModule = await import(`./${name}.ts`)
  const rows: Row[] = []
  try {
    for await (const row of module.measure()) {
      rows.push(row)
      if (row.actual > row.limit) losses += 1
      print(row)
    }
    if (record) recordModule(name, { commit, machine, rows })
  } catch (error) {
    losses += 1
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
console.log(losses === 0 ? '\nevery limit is kept' : `\n${losses} over the limit`)

function print(row: Row): void {
  const { name, actual, limit, unit, detail } = row
  const verdict = actual > limit ? 'OVER' : 'ok  '
  console.log(
    `${name.padEnd(66)} ${figure(row).padStart(10)} ${figure({ actual: limit, unit }).padStart(10)}  ${verdict}  ${detail}`,
  )
}

function git(...args: string[]): string {
  return spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
}
