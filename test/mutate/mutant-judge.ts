import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutants.ts'
import { type NearTest, nearestTests } from './nearest-tests.ts'

/** `types`: the compiler refuses the change, which the nearest tests let pass. */
export type Verdict = 'killed' | 'types' | 'survived'

/** Tests that are run together, nearest first: most mutants fall to the first two. */
const GROUPS = [2, 3, 3, 4]
/** An endless loop ends here, and counts as seen: the test would not have passed. */
const GROUP_MILLISECONDS = 240_000
const LEFT_OUT = new Set(['node_modules', 'dist', '.git'])
const TYPES = { extends: './tsconfig.json', include: ['src'] }

/** One copy of the tree, in which one mutant at a time is planted and judged. */
export class MutantJudge {
  readonly #copy = mkdtempSync(join(tmpdir(), 'peel-mutate-'))
  readonly #nearest: (file: string, limit: number) => readonly NearTest[]
  readonly #green = new Map<string, boolean>()
  readonly #tests: number

  constructor(root: string, tests: number) {
    for (const name of readdirSync(root)) {
      if (!LEFT_OUT.has(name)) cpSync(join(root, name), join(this.#copy, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(this.#copy, 'node_modules'))
    writeFileSync(join(this.#copy, 'tsconfig.mutate.json'), JSON.stringify(TYPES))
    this.#nearest = nearestTests(this.#copy)
    this.#tests = tests
  }

  async verdict(mutant: Mutant): Promise<Verdict> {
    const path = join(this.#copy, mutant.file)
    const text = await readFile(path, 'utf8')
    const mutated = text.slice(0, mutant.offset) + mutant.replacement + text.slice(mutant.offset + mutant.length)
    try {
      await writeFile(path, mutated)
      for (const [index, group] of groupsOf(this.#nearest(mutant.file, this.#tests)).entries()) {
        // The compiler takes a second or two: longer than the nearest tests, shorter than all others.
        if (index === 1 && !(await this.#compiles())) return 'types'
        if (await this.#passes(group)) continue
        await writeFile(path, text)
        const sound: NearTest[] = []
        for (const test of group) if (await this.#isGreen(test)) sound.push(test)
        if (sound.length === group.length) return 'killed'
        // One of them is red anyway: the others decide.
        await writeFile(path, mutated)
        if (sound.length > 0 && !(await this.#passes(sound))) return 'killed'
      }
      return 'survived'
    } finally {
      await writeFile(path, text)
    }
  }

  remove(): void {
    rmSync(this.#copy, { recursive: true, force: true })
  }

  /** After the first time the compiler looks only at what the change touches. */
  #compiles(): Promise<boolean> {
    const state = join(this.#copy, 'types.tsbuildinfo')
    return this.#run(['node_modules/.bin/tsc', '-p', 'tsconfig.mutate.json', '--incremental', '--tsBuildInfoFile', state])
  }

  async #isGreen(test: NearTest): Promise<boolean> {
    const known = this.#green.get(test.file) ?? (await this.#passes([test]))
    this.#green.set(test.file, known)
    return known
  }

  async #passes(group: readonly NearTest[]): Promise<boolean> {
    if (group.some(({ isBundled }) => isBundled) && !(await this.#run([process.execPath, 'bin/build.js']))) return false
    return await this.#run([process.execPath, 'test/kit/run-tests.js', '--test-reporter=dot', ...group.map(({ file }) => file)])
  }

  #run([command = '', ...args]: readonly string[]): Promise<boolean> {
    return new Promise(resolve => {
      // A group of its own, so that an endless test ends with the run that started it.
      const child = spawn(command, args, { cwd: this.#copy, stdio: 'ignore', detached: true })
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), GROUP_MILLISECONDS)
      child.once('error', () => resolve(false))
      child.once('close', status => {
        clearTimeout(timer)
        resolve(status === 0)
      })
    })
  }
}

/** Tests that run the bundle come last, by themselves: only they need it built. */
function groupsOf(tests: readonly NearTest[]): NearTest[][] {
  const { direct = [], bundled = [] } = Object.groupBy(tests, ({ isBundled }) => (isBundled ? 'bundled' : 'direct'))
  const groups: NearTest[][] = []
  for (const size of GROUPS) if (direct.length > 0) groups.push(direct.splice(0, size))
  if (direct.length > 0) groups.push(direct)
  for (const size of GROUPS) if (bundled.length > 0) groups.push(bundled.splice(0, size))
  return bundled.length > 0 ? [...groups, bundled] : groups
}
