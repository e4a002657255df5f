import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { Ajv } from 'ajv'
import { RULE_TEXTS } from '../../src/check/engine/rule-texts.ts'
import { parseSettings } from '../../src/check/gates/parse-settings.ts'
import type { Report } from '../../src/check/report.ts'
import { checkOutput } from '../../src/cli/print/check-output.ts'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'

const paint = (_: string, text: string) => text
const written = (reports: readonly Report[], format: Parameters<typeof checkOutput>[1]) =>
  [...checkOutput(reports, format, { paint, suppressed: false })].join('\n')

/** Names that are markup, commands or nothing at all somewhere. */
const NASTY = [
  'a b%c',
  'x::error::y',
  '<img src=x>&"\'',
  '..',
  'back`tick|bar',
  'r\u00e9sum\u00e9',
  'line\nbreak',
  'esc\u001b[2J',
  '@everyone',
]

const image = imageFixture(
  [
    layerFixture(
      Object.fromEntries(NASTY.map((name, index) => [`etc/d${index}/${name}/f`, { content: String(index), mode: 0o666 }])),
    ),
    layerFixture(
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`app/s${index}`, { content: `${index}`, mode: 0o4755 }])),
    ),
  ],
  { config: { config: { Cmd: ['/gone'] } } },
)
const settings = {
  settings: parseSettings('gates: {layers: 1, size: {content: 1GB}}', '.peel.yaml'),
  source: '.peel.yaml',
}
const reportOf = () =>
  checkedImage(image, {
    settings,
    judgement: {
      ignore: [],
      severity: [],
      ignoreNow: [{ id: 'meta/*', reason: 'why', source: '' }],
      only: [],
      baseline: undefined,
    },
  })

/** The schema is written in draft 4, in words that mean the same in draft 7. */
const isSarif = (() => {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(file, 'utf8'))
  return new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)
})()

describe('formats of peel check', () => {
  test('SARIF validates, names the layer and has the same results as the report', async () => {
    const report = await reportOf()
    const sarif: SarifLog = JSON.parse(written([report, report], 'sarif'))
    assert.ok(isSarif(sarif), JSON.stringify(isSarif.errors?.slice(0, 3)))
    const [run] = sarif.runs
    assert.ok(run !== undefined)
    const open = run.results.filter(({ suppressions }) => suppressions === undefined)
    assert.equal(open.length, report.findings.length)
    assert.equal(run.results.length, report.findings.length + report.suppressed.length)
    assert.equal(run.tool.driver.rules.length, RULE_TEXTS.length)
    for (const { ruleId, ruleIndex, locations, properties } of run.results) {
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId)
      if (properties.layer !== null) assert.equal(locations?.[0]?.logicalLocations?.[0]?.index, properties.layer)
      const uri = locations?.[0]?.physicalLocation?.artifactLocation.uri ?? 'x'
      assert.doesNotMatch(uri, /^\/|(^|\/)\.\.(\/|$)|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/)
    }
  })

  test('with a Dockerfile SARIF and GitHub point at the line that made the layer, and the file is beside it', async () => {
    const dockerfile = { uri: 'docker/Dockerfile', from: 3, lines: new Map([[1, 7]]) }
    const report = { ...(await reportOf()), dockerfile }
    const sarif: SarifLog = JSON.parse(written([report], 'sarif'))
    assert.ok(isSarif(sarif), JSON.stringify(isSarif.errors?.slice(0, 3)))
    const results = sarif.runs[0]?.results ?? []
    assert.equal(results.length, report.findings.length + report.suppressed.length)
    for (const { locations, relatedLocations, properties, partialFingerprints } of results) {
      const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? assert.fail()
      assert.deepEqual([artifactLocation.uri, region.startLine], ['docker/Dockerfile', properties.layer === 1 ? 7 : 3])
      assert.match(partialFingerprints.primaryLocationLineHash, /^[0-9a-f]{16}:1$/)
      const [inImage] = relatedLocations ?? []
      if (inImage !== undefined) assert.notEqual(inImage.physicalLocation?.artifactLocation.uri, 'docker/Dockerfile')
    }
    assert.equal(
      results.filter(({ relatedLocations }) => relatedLocations !== undefined).length,
      report.findings.filter(({ path }) => path !== null).length,
    )
    const annotations = written([report], 'github')
      .split('\n')
      .filter(line => line.includes('file='))
    assert.ok(annotations.length > 0)
    for (const line of annotations) assert.match(line, /file=docker\/Dockerfile,line=[37],/)
  })

  test('GitHub commands are one a line, ten of a kind, and nothing of the image begins one', async () => {
    const report = await reportOf()
    const lines = written([report], 'github').split('\n')
    for (const line of lines) assert.match(line, /^::(?:error|warning|notice) (?:file=[^:,]*,line=\d+,)?title=[^:]*::/)
    assert.ok(lines.filter(line => line.startsWith('::warning')).length <= 10)
    assert.ok(lines.some(line => line.includes('more of severity warning')))
  })

  test('GitLab issues have unique fingerprints and relative paths', async () => {
    const report = await reportOf()
    const issues = JSON.parse(written([report, report], 'gitlab')) as {
      fingerprint: string
      severity: string
      location: { path: string; lines: { begin: number } }
    }[]
    assert.equal(new Set(issues.map(({ fingerprint }) => fingerprint)).size, issues.length)
    for (const { severity, location } of issues) {
      assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(severity))
      assert.doesNotMatch(location.path, /^\.?\//)
      assert.ok(location.lines.begin >= 1)
    }
  })

  test('JUnit is well-formed, counts what fails and skips what is not told', async () => {
    const report = await reportOf()
    const xml = written([report], 'junit')
    const { cases, failures, skipped, suite } = readJunit(xml)
    assert.equal(cases, Number(suite['tests']))
    assert.equal(failures, Number(suite['failures']))
    assert.equal(skipped, report.suppressed.length)
    assert.equal(
      failures,
      report.findings.filter(({ severity }) => severity === 'error').length + report.gates.filter(({ passed }) => !passed).length,
    )
  })

  test('Markdown has at most 60 lines and keeps the names of an image from being markup', async () => {
    const report = await reportOf()
    const markdown = written([report], 'markdown')
    assert.ok(markdown.split('\n').length <= 60)
    assert.doesNotMatch(markdown, /<img/)
    for (const line of markdown.split('\n').filter(each => each.startsWith('| ')))
      assert.ok(cells(line) === 6 || cells(line) === 5, line)
  })
})

type SarifPlace = {
  readonly physicalLocation?: {
    readonly artifactLocation: { readonly uri: string }
    readonly region: { readonly startLine: number }
  }
  readonly logicalLocations?: readonly { readonly index: number }[]
}

type SarifResult = {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly suppressions?: readonly object[]
  readonly locations?: readonly SarifPlace[]
  readonly relatedLocations?: readonly SarifPlace[]
  readonly partialFingerprints: { readonly primaryLocationLineHash: string }
  readonly properties: { readonly layer: number | null }
}

type SarifLog = {
  readonly runs: readonly {
    readonly results: readonly SarifResult[]
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
  }[]
}

/** Cells of a row, bars that are escaped left alone. */
function cells(line: string): number {
  return line.replace(/\\\|/g, '').split('|').length - 1
}

/** A strict reader of the XML that is written: tags must nest, entities must be known, no control characters. */
function readJunit(xml: string) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 forbids
  assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/)
  assert.doesNotMatch(xml.replace(/&(?:amp|lt|gt|quot|#\d+);/g, ''), /&/)
  const open: string[] = []
  const counts = { cases: 0, failures: 0, skipped: 0 }
  let suite: Record<string, string> = {}
  for (const [, end, name = '', attributes = '', single] of xml.matchAll(/<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (end === '/') assert.equal(open.pop(), name)
    else {
      if (name === 'testcase') counts.cases++
      if (name === 'failure') counts.failures++
      if (name === 'skipped') counts.skipped++
      if (name === 'testsuite')
        suite = Object.fromEntries(
          [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
        )
      if (single !== '/') open.push(name)
    }
  }
  assert.deepEqual(open, [])
  assert.equal(
    xml
      .replace(/<\?xml[^>]*\?>/, '')
      .replace(/<\/?[a-z-]+(?:\s+[a-z]+="[^"<]*")*\s*\/?>/g, '')
      .includes('<'),
    false,
  )
  return { ...counts, suite }
}
