import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JudgedFindings } from '../../../src/check/finding.ts'
import { foundBy } from '../../../src/check/findings-of.ts'
import { parseBaseline } from '../../../src/check/gates/baseline.ts'
import { type Judgement, judge, judgeSteps, TELL_ALL } from '../../../src/check/gates/judge.ts'
import { parseSettings } from '../../../src/check/gates/parse-settings.ts'
import type { Hit, RuleText } from '../../../src/check/rule.ts'
import { checkJson } from '../../../src/cli/print/check-json.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { NOW } from '../../kit/image/checked-image.ts'
import { processorMilliseconds } from '../../kit/processor-time.ts'

const documents = { builder: 'other', baseLayers: 1, now: NOW } as const
const text = (id: string): RuleText => ({
  id,
  severity: 'warning',
  title: id,
  matches: '',
  mustNotMatch: '',
  fix: { other: '' },
  references: [],
})
const found = (id: string, hits: readonly (Partial<Hit> & { readonly path?: FilePath })[]): JudgedFindings =>
  foundBy(
    text(id),
    hits.map(hit => ({ detail: '', ...hit })),
    documents,
  )
const at = (path: string, layer = 2) => ({ path: path as FilePath, layer })
const settings = (yaml: string): Judgement => ({ ...TELL_ALL, ...pick(parseSettings(yaml, '.peel.yaml')) })
const pick = ({ ignore, severity }: ReturnType<typeof parseSettings>) => ({ ignore, severity })
const ids = ({ findings }: JudgedFindings) => findings.map(({ id, path }) => `${id}${path === null ? '' : ` ${path}`}`)

describe('exceptions', () => {
  const both = found('file/setuid', [at('usr/bin/ping'), at('app/x'), at('base/y', 0)])

  test('an id, a path and a layer must all match; the reason is told', () => {
    const judged = judge(both, settings('ignore:\n  - {id: file/*, path: usr/**, reason: "monitoring"}'), documents)
    assert.deepEqual(ids(judged), ['file/setuid app/x', 'file/setuid base/y'])
    assert.deepEqual(
      judged.suppressed.map(({ by, reason, finding }) => [by, reason, finding.path]),
      [['config', 'monitoring', 'usr/bin/ping']],
    )
    assert.deepEqual(ids(judge(both, settings('ignore:\n  - {id: file/setuid, layer: base, reason: r}'), documents)), [
      'file/setuid app/x',
      'file/setuid usr/bin/ping',
    ])
    assert.deepEqual(ids(judge(both, settings('ignore:\n  - {id: "*", layer: 3, reason: r}'), documents)), ['file/setuid base/y'])
  })

  test('without a reason, expired, or matching nothing, they are told themselves', () => {
    const yaml =
      'ignore:\n  - {id: file/setuid, path: app/x}\n  - {id: file/setuid, path: usr/bin/ping, reason: r, until: 2025-12-31}\n  - {id: waste/*, reason: r}'
    assert.deepEqual(ids(judge(both, settings(yaml), documents)), [
      'config/ignore-expired',
      'config/ignore-without-reason',
      'file/setuid usr/bin/ping',
      'config/ignore-stale',
      'file/setuid base/y',
    ])
  })

  test('the last day still counts', () => {
    const day = (until: string) =>
      ids(judge(both, settings(`ignore:\n  - {id: file/setuid, reason: r, until: ${until}}`), documents))
    assert.deepEqual(day('2026-01-01'), [])
    assert.equal(day('2025-12-31').length, 4)
  })

  test('severities are set by the file, the later line before the earlier one', () => {
    const judged = judge(both, settings('severity: {file/*: error, file/setuid: info}'), documents)
    assert.deepEqual(new Set(judged.findings.map(({ severity }) => severity)), new Set(['info']))
  })

  test('--only keeps what it names and judges no exceptions', () => {
    const all = { findings: [...both.findings, ...found('waste/hidden', [at('w')]).findings], suppressed: [] }
    assert.deepEqual(ids(judge(all, { ...settings('ignore:\n  - {id: run/*, reason: r}'), only: ['waste/*'] }, documents)), [
      'waste/hidden w',
    ])
  })

  test('an id with many stars is matched without going back', () => {
    const evil = found(`file/${'a'.repeat(40)}`, [at('x')])
    const only = (pattern: string) => ids(judge(evil, { ...TELL_ALL, only: [pattern] }, documents)).length
    const before = processorMilliseconds()
    assert.equal(only(`file/${'*a'.repeat(25)}*b`), 0)
    assert.equal(only(`*${'a*'.repeat(40)}`), 1)
    assert.equal(only(`file/${'a*'.repeat(41)}`), 0)
    assert.ok(processorMilliseconds() - before < 1000)
  })
})

test('no step of judging grows with the findings: there may be as many as files', () => {
  let [looks, most] = [0, 0]
  const watched = found(
    'file/setuid',
    Array.from({ length: 20_000 }, (_, index) => at(`bin/${(index * 7919) % 20_000}`)),
  ).findings.map(
    finding =>
      new Proxy(finding, {
        get: (of, name) => {
          looks++
          return Reflect.get(of, name)
        },
      }),
  )
  const steps = judgeSteps({ findings: watched, suppressed: [] }, TELL_ALL, documents)
  for (let step = steps.next(); ; step = steps.next()) {
    most = Math.max(most, looks)
    looks = 0
    if (step.done !== true) continue
    assert.equal(step.value.findings.length, 21)
    break
  }
  assert.ok(most < 30_000, `${most} looks at findings in one step`)
})

describe('a baseline', () => {
  const many = found(
    'file/setuid',
    Array.from({ length: 50 }, (_, index) => at(`bin/${index}`)),
  )
  const told = judge(many, TELL_ALL, documents)
  const report = JSON.stringify(checkJson({ ...EMPTY_REPORT(), findings: told.findings }))

  test('knows every finding of an earlier report, those summed up too', () => {
    const baseline = parseBaseline(report, 'b.json')
    const judged = judge(many, { ...TELL_ALL, baseline }, documents)
    assert.deepEqual(judged.findings, [])
    assert.equal(judged.suppressed.length, 50)
  })

  test('tells what is new', () => {
    const baseline = parseBaseline(report, 'b.json')
    const more = found('file/setuid', [...Array.from({ length: 50 }, (_, index) => at(`bin/${index}`, 9)), at('bin/new')])
    assert.deepEqual(ids(judge(more, { ...TELL_ALL, baseline }, documents)), ['file/setuid bin/new'])
  })

  test('takes several reports and refuses what is none', () => {
    assert.equal(parseBaseline(`[${report},${report}]`, 'b').size, 50)
    for (const wrong of ['', '{}', '[{"findings":1}]', 'null'])
      assert.throws(() => parseBaseline(wrong, 'b'), { code: 'BASELINE_INVALID' })
  })
})

function EMPTY_REPORT() {
  const base = { layers: 0, decidedBy: 'none', name: null, digest: null } as const
  const summary = { error: 0, warning: 0, info: 0 }
  return {
    reference: '',
    digest: '',
    imageId: null,
    platform: '',
    passed: true,
    failOn: 'error',
    base,
    gates: [],
    suppressed: [],
    summary,
    size: 0,
    diffIds: [],
  } as const
}

describe('.peel.yaml', () => {
  test('every gate of the contract is understood', () => {
    const { gates, base, platforms } = parseSettings(
      `gates:
  efficiency: 95%
  hidden: 20MB
  size: {compressed: 300MB, content: 900MiB}
  layer: 150MB
  layers: 40
  growth: {against: registry/app:main, size: 5%, files: [usr/**]}
  findings: warning
base: {image: debian:12}
platforms: {linux/arm64: {size: {compressed: 400MB}}}`,
      'x',
    )
    assert.deepEqual(gates, {
      efficiency: 0.95,
      hidden: 20_000_000,
      size: { compressed: 300_000_000, content: 943_718_400 },
      layer: 150_000_000,
      layers: 40,
      growth: { against: 'registry/app:main', size: { share: 0.05 }, files: ['usr/**'] },
      findings: 'warning',
    })
    assert.deepEqual(base, { kind: 'image', image: 'debian:12' })
    assert.deepEqual(platforms, { 'linux/arm64': { size: { compressed: 400_000_000 } } })
  })

  test('an unknown key is an error that names the nearest one', () => {
    assert.throws(
      () => parseSettings('gates: {eficiency: 1}', 'f'),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, /line 1: unknown key "eficiency" in gates/)
        assert.equal(error.hint, 'Did you mean "efficiency"?')
        return true
      },
    )
    assert.throws(() => parseSettings('ignores: []', 'f'), { code: 'SETTINGS_INVALID' })
  })

  test('what is no value of its key is refused with its line', () => {
    for (const wrong of [
      'gates: {efficiency: 2}',
      'gates: {efficiency: -0.1}',
      'gates: {efficiency: 1.01}',
      'gates: {efficiency: 101%}',
      'gates: {efficiency: 1.2.3%}',
      'gates: {efficiency: ""}',
      'gates: {hidden: big}',
      'gates: {layers: 1.5}',
      'gates: {layers: 1000000000}',
      'gates: {findings: fatal}',
      'gates: {growth: {against: x}}',
      'gates: []',
      'base: sometimes',
      'base: {}',
      'ignore: [{path: x}]',
      'ignore: [{id: x, until: 2026-02-30}]',
      'ignore: [{id: x, layer: 0}]',
      'severity: {x: high}',
      'ignore: {id: x}',
    ])
      assert.throws(() => parseSettings(wrong, 'f'), /Cannot use f: line 1: /, wrong)
  })

  test('the least and the most of a number are taken', () => {
    const gates = (text: string) => parseSettings(`gates: {${text}}`, 'f').gates
    for (const [text, efficiency] of [
      ['0', 0],
      ['1', 1],
      ['0%', 0],
      ['100 %', 1],
    ] as const)
      assert.deepEqual(gates(`efficiency: ${text}`), { efficiency })
    assert.deepEqual(gates('layers: 0, hidden: 0'), { layers: 0, hidden: 0 })
    assert.deepEqual(gates('layers: 999999999'), { layers: 999_999_999 })
    const layer = (text: string) => parseSettings(`ignore: [{id: x, layer: ${text}}]`, 'f').ignore[0]?.layer
    assert.deepEqual([layer('1'), layer('999999'), layer('base')], [1, 999_999, 'base'])
    assert.throws(() => layer('1000000'), { code: 'SETTINGS_INVALID' })
  })

  test('an empty file sets nothing', () => {
    assert.deepEqual(parseSettings('', 'f'), { gates: {}, base: undefined, ignore: [], severity: [], platforms: {} })
  })
})
