import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { matchesFilter, parseFilter } from '../../../src/filter/filter.ts'
import type { FilterSubject } from '../../../src/filter/filter-term.ts'
import { isFilterError } from '../../../src/filter/filter-term.ts'
import { compileLinear } from '../../../src/filter/linear-expression.ts'
import { typedPath } from '../../../src/layer/file-path.ts'
import { IgnoreRules } from '../../../src/make/ignore-rules.ts'
import { processorMilliseconds } from '../../kit/processor-time.ts'
import { fc } from '../../kit/seeded-check.ts'

/** Expressions that an engine with backtracking needs years for, and some that unfold to much. */
const EVIL = [
  '(a+)+$',
  '(a|a)*b',
  '(a*)*b',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(a|aa)+$',
  '(.*a){20}b',
  `${'(a?)'.repeat(25)}${'a'.repeat(25)}b`,
  '(a|b)*a(a|b){15}c',
  '(?:a{1,30}){1,30}b',
  '(\\w+\\s?)*$b',
  '.*.*.*.*.*=.*',
]
const TEXTS = ['a'.repeat(4096), `${'a'.repeat(4000)}!`, 'ab'.repeat(2000), `${'lib/'.repeat(1000)}x`]

/** The processor time of `work`, in milliseconds; the first run, which compiles, is not counted. */
function taken(work: () => void): number {
  work()
  const before = processorMilliseconds()
  work()
  return processorMilliseconds() - before
}

const matcherOf = (source: string, ignoreCase = false) => {
  const matches = compileLinear(source, { ignoreCase })
  return typeof matches === 'function' ? matches : assert.fail(`${source}: ${matches.message}`)
}

describe('expressions in linear time', () => {
  for (const source of EVIL)
    test(`${source.slice(0, 40)} over names of 4,000 characters`, () => {
      const matches = matcherOf(source)
      const used = taken(() => void TEXTS.map(matches))
      assert.ok(used < 2000, `${used} ms`)
    })

  test('a filter of the command line is one', () => {
    const filter = parseFilter('/(a+)+$/', 0)
    assert.ok(!isFilterError(filter))
    const subject = { path: typedPath(TEXTS[1] ?? '') } as FilterSubject
    assert.ok(taken(() => assert.equal(matchesFilter(filter, subject), false)) < 1000)
  })

  test('so are the patterns of ignore files', () => {
    const rules = new IgnoreRules(['*a*a*a*a*a*a*a*a*a*b', '**/*a*/**/*a*/**/*a*/**/*a*/**/x'])
    const path = typedPath(`${'a'.repeat(250)}/${'a'.repeat(250)}/${'a'.repeat(250)}/${'a'.repeat(250)}`)
    assert.ok(taken(() => assert.equal(rules.ignores(path), false)) < 1000)
  })

  test('match what expressions of JavaScript match', () => {
    const part = fc.constantFrom(
      'a',
      'B',
      '.',
      '[ab]',
      '[^a/]',
      '\\.',
      '\\d',
      '\\w',
      '(?:a|b)',
      '(a|\\.so)',
      '^',
      '$',
      '\\b',
      '/',
      '\\/',
      'é',
      '😀',
    )
    const count = fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '*?')
    const isAnchor = (text: string) => ['^', '$', '\\b'].includes(text)
    const source = fc
      .array(fc.tuple(part, count), { minLength: 1, maxLength: 6 })
      .map(parts => parts.map(([each, times]) => each + (isAnchor(each) ? '' : times)).join(''))
    const text = fc
      .array(fc.constantFrom('a', 'b', 'B', '.', '/', '1', 'so', 'é', '😀', '-'), { maxLength: 12 })
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(source, text, fc.boolean(), (expression, subject, ignoreCase) => {
        assert.equal(matcherOf(expression, ignoreCase)(subject), new RegExp(expression, ignoreCase ? 'iu' : 'u').test(subject))
      }),
    )
  })

  test('which only backtracking can match are refused with that word', () => {
    for (const source of ['(?=a)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>']) {
      const refused = compileLinear(source)
      assert.ok(typeof refused === 'object' && refused.message.endsWith('they are matched in linear time'), source)
    }
    assert.equal(typeof compileLinear('\\\\1'), 'function')
    assert.equal(typeof compileLinear('(?<name>a)'), 'function')
  })

  test('that are not complete, too long or too large are refused', () => {
    for (const source of ['(', '[', 'a{2000}', '((a{0,100}){0,100}){0,100}', 'a'.repeat(3000), '*'])
      assert.equal(typeof compileLinear(source), 'object', source)
  })
})
