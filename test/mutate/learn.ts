/**
 * `npm run mutate:learn [-- PATTERN…]`: runs every test file once and keeps which lines of `src` each of them ran, in the directory for
 * temporary files. `npm run mutate` then judges a change by the tests that run its line, quick ones first, and calls a line that no test
 * runs by its name.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoverageReader } from './ran-lines.ts'
import { knownRuns, RUNS_FILE } from './test-runs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patterns = process.argv.slice(2)
const reader = new CoverageReader(root)
const runs = knownRuns()
const waiting = globSync('test/**/*.test.{ts,tsx}', { cwd: root })
  .filter(test => (patterns.length > 0 ? patterns.some(part => test.includes(part)) : !runs.has(test)))
  .sort()
await Promise.all([learnNext(), learnNext()])

async function learnNext(): Promise<void> {
  for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
    const directory = mkdtempSync(join(tmpdir(), 'peel-lines-'))
    const begun = performance.now()
    const passed = await runWithCoverage(test, directory)
    const seconds = (performance.now() - begun) / 1000
    if (passed) runs.set(test, { seconds, files: reader.read(directory) })
    console.log(`${passed ? 'ran   ' : 'failed'} ${test} ${seconds.toFixed(1)} s`)
    rmSync(directory, { recursive: true, force: true })
    writeFileSync(RUNS_FILE, JSON.stringify(Object.fromEntries(runs)))
  }
}

async function runWithCoverage(test: string, directory: string): Promise<boolean> {
  const args = ['test/kit/run-tests.js', '--test-reporter=dot', '--test-isolation=none', test]
  const env = { ...process.env, NODE_V8_COVERAGE: directory }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'ignore' })
  const [status] = await once(child, 'close')
  return status === 0
}
