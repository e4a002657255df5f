import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutants.ts'
import { type NearTest, nearestTests } from './nearest-tests.ts'
import { knownRuns, runsLine } from './test-runs.ts'
import { TestSeconds } from './test-seconds.ts'

/** `types`: the compiler refuses the change; `unrun`: no test runs its line, as far as is known. */
export type Verdict = 'killed' | 'types' | 'survived' | 'unrun'

/** An endless loop ends here, and counts as seen: the test would not have passed. Long enough for a machine that is busy otherwise. */
const RUN_MILLISECONDS = 900_000
/**
 * Tests that run before the compiler, which takes longer than each of them and less than all that follow. It finds what `typeErrors`
 * leaves: an error in another file.
 */
const BEFORE_TYPES = 2
const LEFT_OUT = new Set(['node_modules', 'dist', '.git'])
const TYPES = { extends: './tsconfig.json', include: ['src'] }

/** Whether tests are green without a mutant, and the seconds that they took; of all copies. */
const green = new Map<string, boolean>()
const seconds = new TestSeconds()
const runs = knownRuns()

/** One copy of the tree, in which one mutant at a time is planted and judged. */
export class MutantJudge {
  readonly #copy = mkdtempSync(join(tmpdir(), 'peel-mutate-'))
  readonly #nearest: (file: string) => readonly NearTest[]
  readonly #tests: number
  readonly #budget: number
  /** The text of the mutated file in the tree, and in the bundle. */
  #planted = ''
  #bundled: string | undefined
  #child: ChildProcess | undefined

  /** Of each mutant at most `tests` tests run, and none begins after `budget` seconds but the first ones. */
  constructor(root: string, { tests, budget }: { readonly tests: number; readonly budget: number }) {
    for (const name of readdirSync(root)) {
      if (!LEFT_OUT.has(name)) cpSync(join(root, name), join(this.#copy, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(this.#copy, 'node_modules'))
    writeFileSync(join(this.#copy, 'tsconfig.mutate.json'), JSON.stringify(TYPES))
    this.#nearest = nearestTests(this.#copy)
    this.#tests = tests
    this.#budget = budget
  }

  async verdict(mutant: Mutant): Promise<Verdict> {
    const path = join(this.#copy, mutant.file)
    const text = await readFile(path, 'utf8')
    const mutated = text.slice(0, mutant.offset) + mutant.replacement + text.slice(mutant.offset + mutant.length)
    try {
      await this.#plant(path, mutated)
      const start = performance.now()
      const tests = this.#inOrder(mutant, text)
      if (tests.length === 0) return (await this.#compiles()) ? 'unrun' : 'types'
      for (const [index, test] of tests.entries()) {
        if (index === BEFORE_TYPES && !(await this.#compiles())) return 'types'
        if (index >= BEFORE_TYPES && performance.now() - start > this.#budget * 1000) break
        if (await this.#passes(test)) continue
        await this.#plant(path, text)
        if (await this.#isGreen(test)) return 'killed'
        await this.#plant(path, mutated)
      }
      return 'survived'
    } finally {
      await this.#plant(path, text)
    }
  }

  remove(): void {
    const { pid, exitCode, signalCode } = this.#child ?? {}
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
    rmSync(this.#copy, { recursive: true, force: true })
  }

  /** After the first time the compiler looks only at what the change touches. */
  #compiles(): Promise<boolean> {
    const state = join(this.#copy, 'types.tsbuildinfo')
    return this.#run(['node_modules/.bin/tsc', '-p', 'tsconfig.mutate.json', '--incremental', '--tsBuildInfoFile', state])
  }

  /**
   * Those that run the line, or may, nearest first as far as their time allows: a test of a second is as good as one of half a minute
   * that is five imports nearer.
   */
  #inOrder({ file, line }: Mutant, text: string): readonly NearTest[] {
    const rank = (test: NearTest) => test.rank + seconds.penalty(test.file)
    return this.#nearest(file)
      .filter(test => runsLine(runs.get(test.file), file, text, line) !== false)
      .toSorted((a, b) => rank(a) - rank(b))
      .slice(0, this.#tests)
  }

  async #isGreen(test: NearTest): Promise<boolean> {
    const known = green.get(test.file) ?? (await this.#passes(test))
    green.set(test.file, known)
    return known
  }

  async #passes({ file, isBundled }: NearTest): Promise<boolean> {
    if (isBundled && !(await this.#bundle())) return false
    const start = performance.now()
    const args = ['test/kit/run-tests.js', '--test-reporter=dot', '--test-isolation=none', file]
    const passed = await this.#run([process.execPath, ...args])
    // A test that fails may have ended early.
    if (passed) seconds.add(file, (performance.now() - start) / 1000)
    return passed
  }

  async #bundle(): Promise<boolean> {
    const built = this.#bundled === this.#planted || (await this.#run([process.execPath, 'bin/build.js']))
    this.#bundled = built ? this.#planted : undefined
    return built
  }

  async #plant(path: string, text: string): Promise<void> {
    await writeFile(path, text)
    this.#planted = `${path} ${text}`
  }

  #run([command = '', ...args]: readonly string[]): Promise<boolean> {
    return new Promise(resolve => {
      // A group of its own, so that an endless test ends with the run that started it.
      const child = spawn(command, args, { cwd: this.#copy, stdio: 'ignore', detached: true })
      this.#child = child
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), RUN_MILLISECONDS)
      child.once('error', () => resolve(false))
      child.once('close', status => {
        clearTimeout(timer)
        resolve(status === 0)
      })
    })
  }
}
