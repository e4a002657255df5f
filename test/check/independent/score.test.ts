import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RULE_TEXTS } from '../../../src/check/engine/rule-texts.ts'
import { type FindingCase, finds } from '../corpus/finding-case.ts'
import { INDEPENDENT_ROWS } from './all-rows.ts'

const nameOf = ({ id, name }: FindingCase) => `${id}: ${name}`

test('the rules find what rows that were written without a look at them plant, and leave their temptations alone', async t => {
  const missed: string[] = []
  const wronglyFound: string[] = []
  let found = 0
  for (const each of INDEPENDENT_ROWS) {
    const isFound = await finds(each)
    if (isFound && each.expected) found++
    if (isFound !== each.expected) (each.expected ? missed : wronglyFound).push(nameOf(each))
  }
  const recall = found / (found + missed.length)
  const precision = found / (found + wronglyFound.length)
  t.diagnostic(`${INDEPENDENT_ROWS.length} rows: recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}`)
  assert.deepEqual(wronglyFound, [])
  assert.deepEqual(missed, [])
  assert.ok(recall >= 0.98, `recall ${recall}`)
})

test('every rule that one image decides has a positive and a temptation', () => {
  const rows = Map.groupBy(INDEPENDENT_ROWS, ({ id }) => id)
  const whole = [...rows].filter(([, cases]) => cases.some(each => each.expected) && cases.some(each => !each.expected))
  const ids = RULE_TEXTS.map(({ id }) => id).filter(id => !id.startsWith('config/') && id !== 'base/outdated')
  assert.deepEqual(whole.map(([id]) => id).sort(), ids.sort())
  assert.equal(new Set(INDEPENDENT_ROWS.map(nameOf)).size, INDEPENDENT_ROWS.length)
})
