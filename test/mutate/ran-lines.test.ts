import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { buildSync } from 'esbuild'
import { scratch } from '../kit/image/local-image.ts'
import { CoverageReader } from './ran-lines.ts'
import { runsLine } from './test-runs.ts'

const TEXT = `export function sign(value: number): string {
  if (value < 0) {
    return 'minus'
  }
  return 'plus'
}
export const never = (): string => 'never'
process.stdout.write(sign(1))
`

/** Runs a program of a directory of its own and reads which lines of `src/sign.ts` ran. */
function ranBy(t: TestContext, program: (root: string) => string): (line: number) => boolean | undefined {
  const root = scratch(t)
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src/sign.ts'), TEXT)
  const coverage = join(root, 'coverage')
  const { status } = spawnSync(process.execPath, [program(root)], { env: { ...process.env, NODE_V8_COVERAGE: coverage } })
  assert.equal(status, 0)
  const files = new CoverageReader(root).read(coverage)
  return line => runsLine({ seconds: 1, files }, 'src/sign.ts', TEXT, line)
}

describe('the lines that a test ran', () => {
  for (const [name, program] of [
    ['of a module', (root: string) => join(root, 'src/sign.ts')],
    ['through a bundle', bundled],
  ] as const) {
    test(`${name}: those of a branch that was taken, and no others`, t => {
      const runs = ranBy(t, program)
      assert.deepEqual([2, 3, 5, 8].map(runs), [true, false, true, true])
    })
  }

  test('are unknown where the test was not learnt, where the file has changed since, and for JSX', () => {
    const run = { seconds: 1, files: { 'src/a.ts': { text: 'another text', lines: '' } } }
    assert.equal(runsLine(undefined, 'src/a.ts', TEXT, 1), undefined)
    assert.equal(runsLine(run, 'src/a.ts', TEXT, 1), undefined)
    assert.equal(runsLine(run, 'src/b.tsx', TEXT, 1), undefined)
    assert.equal(runsLine(run, 'src/b.ts', TEXT, 1), false)
  })
})

function bundled(root: string): string {
  const outfile = join(root, 'dist/sign.js')
  buildSync({ entryPoints: [join(root, 'src/sign.ts')], outfile, bundle: true, minify: true, format: 'esm', sourcemap: true })
  return outfile
}
