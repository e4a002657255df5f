import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SEVERITIES } from '../../src/check/finding.ts'
import { checkedImage } from '../kit/checked-image.ts'
import { ALL_CASES } from './corpus/all-cases.ts'
import type { FindingCase } from './corpus/finding-case.ts'

/** Whether the rule finds in the case's image what the case is about. */
async function finds({ id, severity = 'info', path, image }: FindingCase): Promise<boolean> {
  const { findings } = await checkedImage(image())
  return findings.some(
    finding =>
      finding.id === id &&
      SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(severity) &&
      (path === undefined || finding.path === path),
  )
}

for (const [id, cases] of Map.groupBy(ALL_CASES, each => each.id)) {
  describe(id, () => {
    test('there are three positives and three temptations at least', () => {
      assert.ok(cases.filter(({ expected }) => expected).length >= 3)
      assert.ok(cases.filter(({ expected }) => !expected).length >= 3)
    })
    for (const each of cases) {
      test(`${each.expected ? 'finds' : 'leaves alone'}: ${each.name}`, async () =>
        assert.equal(await finds(each), each.expected))
    }
  })
}
