import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { columns, fitted } from '../../src/cli/help/columns.ts'
import { environmentRows } from '../../src/cli/help/environment.ts'
import { fc } from '../kit/seeded-check.ts'

const words = fc.array(
  fc.string({ minLength: 1, maxLength: 12 }).map(word => word.replaceAll(/\s/g, '_')),
  { minLength: 1 },
)

describe('help that fits', () => {
  test('a broken line has the same words, and is no wider than the terminal unless a word is', () => {
    fc.assert(
      fc.property(words, words, fc.integer({ min: 30, max: 100 }), (left, right, width) => {
        const [row = ''] = columns([[left.join(' ').slice(0, 20), right.join(' ')]])
        const lines = fitted(row, width)
        assert.deepEqual(lines.join(' ').split(/ +/), row.split(/ +/))
        for (const line of lines) assert.ok(line.length <= width, line)
      }),
    )
  })

  test('what is broken goes on below its own column', () => {
    assert.deepEqual(fitted('  -x  one two three four five six', 30), ['  -x  one two three four five', '      six'])
    assert.deepEqual(fitted('     one two three four five six', 29), ['     one two three four five', '     six'])
    assert.deepEqual(fitted('one two three', 8), ['one two', 'three'])
    assert.deepEqual(fitted('  unbreakable-word', 8), ['  unbreakable-word'])
  })
})

test('`peel help environment` names every variable of its own that the source reads', () => {
  const root = fileURLToPath(new URL('../../src', import.meta.url))
  const read = globSync('**/*.{ts,tsx}', { cwd: root }).flatMap(file =>
    [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/\bPEEL_[A-Z][A-Z_]*\b/g)].map(([name]) => name),
  )
  const named = environmentRows().map(({ name }) => name)
  // Defaults of options of one command have their names by a rule that a row of its own tells.
  const byRule = ['PEEL_JSON', 'PEEL_DRY_RUN', 'PEEL_FAIL_ON']
  assert.deepEqual(
    [...new Set(read)].filter(name => !named.includes(name) && !byRule.includes(name)),
    [],
  )
})
