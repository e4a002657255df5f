import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertGolden } from '../../kit/golden-text.ts'
import { checkedImage } from '../../kit/image/checked-image.ts'
import { ALL_CASES } from '../corpus/all-cases.ts'
import { isFound, isHeldToTheLetter } from '../corpus/finding-case.ts'

test('each rule finds what it must, and its findings are the same to the letter: severity, place, bytes, evidence, edits and detail', async () => {
  const text: string[] = []
  for (const each of ALL_CASES) {
    const fixture = each.image()
    if (!isHeldToTheLetter(each, fixture)) continue
    const { findings } = await checkedImage(fixture)
    assert.ok(isFound(each, findings), `${each.id}: ${each.name}`)
    text.push(`==== ${each.id}: ${each.name}`)
    for (const { id, severity, layer, path, bytes, hiddenBytes, hiddenBy, detail, evidence, edits } of findings) {
      if (id !== each.id) continue
      // Some secrets are made anew in each run: neither their length nor their digest is the same.
      const { sha256, ...kept } = evidence
      const content = id.startsWith('secret/') ? {} : { bytes, hiddenBytes, ...(sha256 !== undefined && { sha256 }) }
      text.push(`${severity} ${JSON.stringify({ layer, path, hiddenBy, ...kept, edits, ...content })}`, `  ${detail}`)
    }
  }
  assertGolden('findings.txt', text.join('\n'))
})
