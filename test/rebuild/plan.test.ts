import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeEdit, type Edit } from '../../src/rebuild/edit.ts'
import { choicesOf, formatPlan, parsePlan } from '../../src/rebuild/plan.ts'
import { PRESETS } from '../../src/rebuild/preset.ts'

const EDITS: readonly Edit[] = [
  { type: 'squash', from: 1, to: 3 },
  { type: 'squash' },
  { type: 'drop-layer', position: 0 },
  { type: 'remove', path: 'etc/x' },
  { type: 'remove', pathBase64: 'ZXRjL/8=' },
  { type: 'remove', expression: '*.pyc' },
  { type: 'remove', preset: 'docs' },
  { type: 'remove', match: 'var' },
  { type: 'set', setting: 'env.A=1' },
  { type: 'clamp-times', to: 0 },
  { type: 'compress', compression: 'zstd', level: 3, every: true },
  { type: 'format', family: 'docker' },
  { type: 'platforms', platforms: ['linux/amd64'] },
  { type: 'platforms', platforms: ['linux/amd64'], others: 'drop' },
  { type: 'attestations', action: 'carry' },
  { type: 'keep-subject' },
]

describe('a plan', () => {
  test('is saved and read again; every edit has words', () => {
    const plan = { edits: EDITS }
    assert.deepEqual(parsePlan(formatPlan(plan)), plan)
    assert.equal(new Set(EDITS.map(describeEdit)).size, EDITS.length)
  })

  test('says what is wrong with a file that is none', () => {
    const cases: readonly [string, RegExp][] = [
      ['', /not JSON/],
      ['{}', /"peelPlan": 1/],
      ['{"peelPlan":1}', /"edits" is not a list/],
      ['{"peelPlan":1,"edits":[{"type":"melt"}]}', /edits\[0\]: its type is none of squash/],
      ['{"peelPlan":1,"edits":[{"type":"squash","from":-1}]}', /positions from 0/],
      ['{"peelPlan":1,"edits":[{"type":"remove","path":"a","preset":"docs"}]}', /one of "path"/],
      ['{"peelPlan":1,"edits":[{"type":"remove","preset":"all"}]}', /none of package-caches/],
      ['{"peelPlan":1,"edits":[{"type":"remove","pathBase64":"*"}]}', /not Base64/],
      ['{"peelPlan":1,"edits":[{"type":"set","setting":"x=1"}]}', /there is no key/],
      ['{"peelPlan":1,"edits":[{"type":"compress","compression":"xz"}]}', /gzip, zstd or none/],
    ]
    for (const [text, message] of cases) assert.throws(() => parsePlan(text), { code: 'PLAN_INVALID', message }, text)
  })

  test('ranges are settled: sorted, without dropped layers, at least two each', () => {
    const edits: readonly Edit[] = [
      { type: 'squash', from: 4, to: 5 },
      { type: 'squash', from: 0, to: 2 },
      { type: 'drop-layer', position: 5 },
    ]
    assert.deepEqual(choicesOf({ edits }, 6).ranges, [[0, 1, 2]])
    assert.deepEqual(choicesOf({ edits: [{ type: 'squash' }] }, 0).ranges, [])
    assert.deepEqual(choicesOf({ edits: [{ type: 'squash', from: 1 }] }, 3).ranges, [[1, 2]])
    assert.throws(() => choicesOf({ edits: [{ type: 'squash', from: 2, to: 1 }] }, 3), /ends before it begins/)
    assert.throws(() => choicesOf({ edits: [{ type: 'drop-layer', position: 3 }] }, 3), /there is no layer 4/)
  })

  test('presets know litter from what must stay', () => {
    const matches = (name: keyof typeof PRESETS, path: string) => PRESETS[name].matches(path as never)
    assert.ok(matches('package-caches', 'var/lib/apt/lists/mirror.example_x'))
    assert.ok(!matches('package-caches', 'var/lib/apt/lists'))
    assert.ok(matches('package-caches', 'root/.npm/_cacache/content-v2'))
    assert.ok(matches('python-bytecode', 'usr/lib/python3/__pycache__'))
    assert.ok(!matches('python-bytecode', 'usr/lib/python3/a.py'))
    assert.ok(matches('docs', 'usr/share/doc/bash/README') && !matches('docs', 'usr/share/doc/bash/copyright'))
    assert.ok(matches('temporary-files', 'tmp/x') && !matches('temporary-files', 'tmp'))
  })
})
