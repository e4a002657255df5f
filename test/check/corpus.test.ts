import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ALL_CASES } from './corpus/all-cases.ts'
import { finds, isHeldToTheLetter } from './corpus/finding-case.ts'

for (const [id, cases] of Map.groupBy(ALL_CASES, each => each.id)) {
  describe(id, () => {
    test('there are three positives and three temptations at least', () => {
      assert.ok(cases.filter(({ expected }) => expected).length >= 3)
      assert.ok(cases.filter(({ expected }) => !expected).length >= 3)
    })
    for (const each of cases) {
      if (isHeldToTheLetter(each, each.image())) continue
      test(`${each.expected ? 'finds' : 'leaves alone'}: ${each.name}`, async () =>
        assert.equal(await finds(each), each.expected))
    }
  })
}
