import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../src/check/finding.ts'
import { editsFor, fixesFor, mergedEdits } from '../../src/check/fixes.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { compileExpression } from '../../src/session/compile-expression.ts'
import { checkedImage, checkedSource } from '../kit/image/checked-image.ts'
import { memorySource } from '../kit/image/image-fixture.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { rebuilt, rebuiltSource } from '../kit/rebuild/rebuild.ts'
import { ALL_CASES } from './corpus/all-cases.ts'
import type { FindingCase } from './corpus/finding-case.ts'

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'warning',
  layer: 1,
  hiddenBy: null,
  path: null,
  bytes: 10,
  hiddenBytes: 0,
  title: id,
  detail: '',
  fix: '',
  inBase: false,
  fingerprint: id,
  evidence: {},
  ...more,
})

/** One image a rule: all of its findings are tried at once. */
function firstCases(): readonly FindingCase[] {
  const cases = Map.groupBy(
    ALL_CASES.filter(({ expected, id }) => expected && MENDED.test(id)),
    ({ id }) => id,
  )
  return [...cases.values()].flatMap(([first]) => first ?? [])
}

const MENDED = /^(?:waste|leak|layer|repro)\/|^secret\/(?:private-key|credential-file|ssh-host-key|gcp-service-account)$/

describe('fixes', () => {
  test('what a fix says it mends is not found any more in the image that its edits make', async () => {
    const seen = new Set<string>()
    for (const { id, image } of firstCases()) {
      const fixture = image()
      const { findings } = await checkedImage(fixture)
      const fix = fixesFor(findings).find(each => each.id === id)
      if (fix === undefined) continue
      seen.add(id)
      const source = memorySource(fixture)
      const made = await rebuilt(source, fix.edits, memoryWorkshop(), { compile: compileExpression })
      const after = await checkedSource(await rebuiltSource(made, source))
      const left = after.findings.filter(each => fix.findings.some(({ fingerprint }) => fingerprint === each.fingerprint))
      assert.deepEqual(left, [], `${id}: ${JSON.stringify(fix.edits)}`)
    }
    for (const id of [
      'waste/hidden',
      'waste/package-cache',
      'waste/metadata-rewrite',
      'leak/git-directory',
      'secret/private-key',
    ])
      assert.ok(seen.has(id), id)
  })

  test('the worst come first, then those that save most, one a rule', () => {
    const found = [
      finding('waste/package-cache', { path: 'var/cache/apt' as FilePath, bytes: 5 }),
      finding('waste/hidden', { layer: 0, hiddenBy: 2, bytes: 7 }),
      finding('waste/hidden', { layer: 2, hiddenBy: 3, bytes: 4 }),
      finding('leak/git-directory', { severity: 'error', path: 'app/.git' as FilePath }),
      finding('user/root'),
    ]
    assert.deepEqual(
      fixesFor(found).map(({ id, bytes, keepsFiles }) => [id, bytes, keepsFiles]),
      [
        ['leak/git-directory', 10, false],
        ['waste/hidden', 11, true],
        ['waste/package-cache', 5, false],
      ],
    )
    assert.deepEqual(fixesFor(found)[1]?.edits, [{ type: 'squash', from: 0, to: 3 }])
  })

  test('a hidden secret is squashed away: its path may show another file', () => {
    const path = 'app/key' as FilePath
    assert.deepEqual(editsFor(finding('secret/private-key', { path, hiddenBy: 4 })), [{ type: 'squash', from: 1, to: 4 }])
    assert.deepEqual(editsFor(finding('secret/private-key', { path })), [{ type: 'remove', path: 'app/key' }])
    assert.deepEqual(editsFor(finding('secret/aws', { path })), [], 'a program may need the file around the key')
  })

  test('a layer that hides its own files is written anew', () => {
    const repeated = finding('waste/hidden', { layer: 2, hiddenBy: 2 })
    assert.deepEqual(editsFor(repeated), [{ type: 'squash', from: 2, to: 2, anew: true }])
  })

  test('edits are merged: one range for those that overlap, one removal for a directory and what is below', () => {
    const remove = (path: string) => ({ type: 'remove', path }) as const
    assert.deepEqual(
      mergedEdits([
        { type: 'squash', from: 4, to: 5 },
        remove('a/b'),
        { type: 'squash', from: 1, to: 4 },
        remove('a'),
        remove('ab'),
        remove('a'),
      ]),
      [{ type: 'squash', from: 1, to: 5 }, remove('a'), remove('ab')],
    )
  })
})
