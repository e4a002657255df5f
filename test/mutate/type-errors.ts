import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutants.ts'

/** `types`: the compiler refuses the change. `malformed`: it is no TypeScript, so that it says nothing about any test. */
export type Refusal = 'types' | 'malformed'

const COPIED = ['src', 'package.json', 'tsconfig.json']
const ERROR = /^(src\/[^(]+)\(\d+,\d+\): error TS(\d+)/gm
/** Errors of the parser have numbers below this one, and where there is one nothing else is looked for. */
const FIRST_OF_TYPES = 2000

/**
 * The mutants that the compiler refuses with an error in their own file. One mutant of each file is planted at a time: a sample takes
 * a few runs of the compiler instead of one each. An error that a mutant makes in another file is left to the judge.
 */
export function typeErrors(root: string, mutants: readonly Mutant[]): ReadonlyMap<Mutant, Refusal> {
  const copy = mkdtempSync(join(tmpdir(), 'peel-mutate-types-'))
  try {
    for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, 'tsconfig.mutate.json'), JSON.stringify({ extends: './tsconfig.json', include: ['src'] }))
    const refused = new Map<Mutant, Refusal>()
    let left = mutants
    while (left.length > 0) {
      const planted = [...Map.groupBy(left, ({ file }) => file).values()].flatMap(([first]) => first ?? [])
      const codes = errorsWith(root, copy, planted)
      const malformed = planted.filter(({ file }) => codes.get(file)?.some(code => code < FIRST_OF_TYPES))
      for (const each of malformed) refused.set(each, 'malformed')
      // The others of this round were not looked at: they come again.
      const judged = malformed.length > 0 ? malformed : planted
      if (malformed.length === 0) for (const each of planted) if (codes.has(each.file)) refused.set(each, 'types')
      left = left.filter(each => !judged.includes(each))
    }
    return refused
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** The numbers of the compiler's errors, by file, with the mutants planted; they are taken out again. */
function errorsWith(root: string, copy: string, planted: readonly Mutant[]): ReadonlyMap<string, readonly number[]> {
  const texts = planted.map(({ file }) => readFileSync(join(root, file), 'utf8'))
  for (const [at, { file, offset, length, replacement }] of planted.entries()) {
    const text = texts[at] ?? ''
    writeFileSync(join(copy, file), text.slice(0, offset) + replacement + text.slice(offset + length))
  }
  const compiler = join(copy, 'node_modules/.bin/tsc')
  const { stdout } = spawnSync(compiler, ['-p', 'tsconfig.mutate.json', '--noEmit'], { cwd: copy, encoding: 'utf8' })
  for (const [at, { file }] of planted.entries()) writeFileSync(join(copy, file), texts[at] ?? '')
  const codes = new Map<string, number[]>()
  for (const [, file = '', code] of stdout.matchAll(ERROR)) codes.set(file, [...(codes.get(file) ?? []), Number(code)])
  return codes
}
