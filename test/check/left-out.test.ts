import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LEFT_OUT, leftOutNamed } from '../../src/check/engine/left-out.ts'
import { RULE_TEXTS, ruleTextsFor } from '../../src/check/engine/rule-texts.ts'

test('a code is that of rules or of a check that is left out, never of both', () => {
  const codes = LEFT_OUT.flatMap(each => each.codes)
  assert.equal(new Set(codes).size, codes.length)
  for (const code of codes)
    assert.deepEqual([ruleTextsFor(code), leftOutNamed(code.toLowerCase())?.codes.includes(code)], [[], true])
  for (const { id, references } of RULE_TEXTS)
    for (const reference of references) assert.ok(ruleTextsFor(reference).some(each => each.id === id))
})
