import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch } from '../kit/image/local-image.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { nearestTests } from './nearest-tests.ts'
import { typeErrors } from './type-errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('mutants', () => {
  test('operators, words, numbers, strings and statements change; comments, imports and types do not', () => {
    const text = `import { a } from './a.ts' // 1 < 2
export type Kind = 'one' | 'two'
export function f(x: number | undefined, y?: Kind | undefined): boolean {
  note(x.toString(), 'said')
  return x < 3 && (FLAG | x) && true
}
`
    const words = mutantsOf('f.ts', text).map(each => `${each.line} ${each.words}`)
    assert.deepEqual(words, [
      "4 `note(x.toString(), 'said')` is left out",
      "4 `'said'` becomes `''`",
      '5 `<` becomes `<=`',
      '5 `3` becomes `4`',
      '5 `&&` becomes `||`',
      '5 `|` becomes `&`',
      '5 `&&` becomes `||`',
      '5 `true` becomes `false`',
    ])
  })

  test('a sentence for a person is left alone, data is not', () => {
    const text = `throw new ImageError('NOT_FOUND', \`Cannot read\`, { hint: 'Name a/layout, or an archive.' })
const MEDIA_TYPE = 'application/json'
const OPTIONS = { kind: 'no-store', summary: 'list the files' }
row('postgres mysql')
if (text === 'core dump' || text.startsWith('RUN true')) note(state, 'Nothing to see.')
`
    const changed = mutantsOf('f.ts', text).flatMap(({ words }) => /^`('[^']*')` becomes/.exec(words)?.[1] ?? [])
    assert.deepEqual(changed, [
      "'NOT_FOUND'",
      "'application/json'",
      "'no-store'",
      "'postgres mysql'",
      "'core dump'",
      "'RUN true'",
    ])
  })

  test('the star of a generator and a private field are left alone: without them it is no TypeScript', () => {
    const text = `export function* f(): Steps {
  yield* g(2 * n)
}
class C {
  #done = m
  *steps() {
    this.#done = n
  }
}
`
    const words = mutantsOf('f.ts', text).map(({ line, words }) => `${line} ${words}`)
    assert.deepEqual(words, ['2 `2` becomes `3`', '2 `*` becomes `/`', '7 `this.#done = n` is left out'])
  })

  test('the compiler refuses several at once: by type, or because they are no TypeScript', context => {
    const directory = scratch(context)
    mkdirSync(join(directory, 'src'))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(directory, 'tsconfig.json'), '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] } }')
    const plant = (name: string, text: string, from: string, replacement: string): Mutant => {
      writeFileSync(join(directory, 'src', name), text)
      return { file: `src/${name}`, line: 1, offset: text.indexOf(from), length: from.length, replacement, words: '' }
    }
    const mutants = [
      plant('a.ts', "export const a: 'x' = 'x'\n", "= 'x'", "= ''"),
      plant('b.ts', 'export const b = 1 + 2\n', '+', '-'),
      plant('c.ts', 'export function* c() {}\n', '*', '/'),
    ]
    const refused = typeErrors(directory, mutants)
    assert.deepEqual(
      mutants.map(mutant => refused.get(mutant)),
      ['types', undefined, 'malformed'],
    )
  })

  test('a default that only the compiler asks for and the size of a limit are left alone', () => {
    const text = `const LINE_LIMIT = 4096
const OFFSET = 345
const first = list[0] ?? 7
const last = lines.pop() ?? 'none'
const name = given ?? 'latest'
`
    const words = mutantsOf('f.ts', text).map(({ line, words }) => `${line} ${words}`)
    assert.deepEqual(words, [
      '2 `345` becomes `346`',
      '3 `0` becomes `1`',
      '3 `??` becomes `&&`',
      '4 `??` becomes `&&`',
      '5 `??` becomes `&&`',
      "5 `'latest'` becomes `''`",
    ])
  })

  test('each changes the text at the place it names, in every file of the source', () => {
    const files = globSync('src/{blob,rebuild}/**/*.ts', { cwd: root })
    assert.ok(files.length > 50)
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8')
      for (const { offset, length, replacement, line } of mutantsOf(file, text)) {
        assert.notEqual(text.slice(offset, offset + length), replacement)
        assert.equal(text.slice(0, offset).split('\n').length, line)
      }
    }
  })

  test('the nearest tests of a file import it, those of its own folder first', () => {
    const nearest = nearestTests(root)('src/blob/tar-reader.ts')
    assert.match(nearest[0]?.file ?? '', /^test\/blob\/tar-reader/)
    assert.ok(nearest.slice(0, 3).every(({ isBundled }) => !isBundled))
  })

  test('tests that run the bundle are known through the modules that they import, and workers by their name', () => {
    const near = nearestTests(root)
    assert.ok(
      near('src/cli/main.ts')
        .slice(0, 1)
        .every(({ isBundled }) => isBundled),
    )
    assert.ok(near('src/worker/proof-worker.ts').some(({ file }) => file.startsWith('test/rebuild/')))
  })
})
