import type { Finding, Severity, Suppressed } from '../../check/finding.ts'
import { dockerfileLine, type Report } from '../../check/report.ts'
import type { RuleText } from '../../check/rule.ts'
import { VERSION } from '../run/version.ts'
import { pathUri } from './check-path.ts'

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' }
/** The score that GitHub shows a security alert with (gates.md §4). */
const SECURITY: Readonly<Record<Severity, string>> = { error: '8.0', warning: '5.0', info: '2.0' }
/** Results that GitHub takes of one run. */
const RESULTS_LIMIT = 25_000

/** SARIF 2.1.0: a run an image and platform; the same results and verdict as `--json`. */
export function checkSarif(reports: readonly Report[], rules: readonly RuleText[]): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: reports.map(report => runOf(report, rules)),
  }
}

function runOf(report: Report, rules: readonly RuleText[]): object {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  const told = report.findings.map(finding => resultOf(finding, indexes, report))
  const suppressed = report.suppressed.map(each => ({
    ...resultOf(each.finding, indexes, report),
    suppressions: [suppressionOf(each)],
  }))
  return {
    tool: {
      driver: {
        name: 'peel',
        semanticVersion: VERSION,
        rules: rules.map(ruleOf),
      },
    },
    automationDetails: { id: `peel/${report.platform === '' ? 'unknown' : report.platform}/` },
    invocations: [{ executionSuccessful: true }],
    originalUriBaseIds: { IMAGE: { description: { text: "The root of the image's file system" } } },
    logicalLocations: report.diffIds.map((diffId, position) => ({
      name: `layer ${position + 1}`,
      fullyQualifiedName: diffId,
      kind: 'layer',
    })),
    results: [...told, ...suppressed].slice(0, RESULTS_LIMIT),
    columnKind: 'utf16CodeUnits',
    properties: {
      imageName: report.reference,
      imageID: report.imageId,
      manifestDigest: report.digest,
      platform: report.platform,
      passed: report.passed,
      gates: report.gates.map(({ actual, ...gate }) => ({ ...gate, actual: Number.isFinite(Number(actual)) ? actual : null })),
    },
  }
}

function ruleOf({ id, severity, title, matches, mustNotMatch, fix }: RuleText): object {
  const isSecurity = /^(?:secret|suspicious|user|file|leak)\//.test(id)
  return {
    id,
    name: id.replace(/(?:^|[/-])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${matches}. Left alone: ${mustNotMatch}.` },
    help: { text: fix.other, markdown: fix.other },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: isSecurity ? ['security'] : ['maintainability'],
      precision: 'high',
      ...(isSecurity && { 'security-severity': SECURITY[severity] }),
    },
  }
}

/** Messages count layers from 1, as people do; `properties.layer` is the position. */
function resultOf(finding: Finding, indexes: ReadonlyMap<string, number>, { dockerfile }: Report): object {
  const { id, severity, layer, hiddenBy, title, detail, fix, bytes, inBase, fingerprint, evidence } = finding
  const where =
    layer === null
      ? ''
      : ` Shipped by layer ${layer + 1}${hiddenBy === null ? '' : `, hidden by layer ${hiddenBy + 1}, still in the image`}.`
  return {
    ruleId: id,
    ruleIndex: indexes.get(id) ?? -1,
    level: LEVELS[severity],
    message: { text: `${title}. ${detail}${where} Fix: ${fix}` },
    ...locationsOf(finding, dockerfile),
    partialFingerprints: {
      'peelFinding/v1': fingerprint,
      // A line of a Dockerfile moves with every edit: it is no part of what an alert is known by.
      primaryLocationLineHash: `${fingerprint.slice(0, 16)}:${dockerfile === undefined ? (evidence.line ?? 1) : 1}`,
    },
    properties: { layer, hiddenBy, bytes, inBase },
  }
}

/** The file in the image; with a Dockerfile its line, and the file beside it. A finding about the documents alone has no place but there. */
function locationsOf(finding: Finding, dockerfile: Report['dockerfile']): object {
  const { layer, path, evidence } = finding
  const logical = layer === null ? {} : { logicalLocations: [{ index: layer }] }
  const inImage = path === null ? undefined : placeAt(pathUri(path) || '.', evidence.line ?? 1, 'IMAGE')
  if (dockerfile === undefined) return inImage === undefined && layer === null ? {} : { locations: [{ ...inImage, ...logical }] }
  return {
    locations: [{ ...placeAt(dockerfile.uri, dockerfileLine(finding, dockerfile)), ...logical }],
    ...(inImage !== undefined && { relatedLocations: [{ id: 0, ...inImage, message: { text: 'The file in the image' } }] }),
  }
}

function placeAt(uri: string, startLine: number, uriBaseId?: string): object {
  return { physicalLocation: { artifactLocation: { uri, ...(uriBaseId !== undefined && { uriBaseId }) }, region: { startLine } } }
}

function suppressionOf({ reason, by }: Suppressed): object {
  return { kind: 'external', justification: `${by}: ${reason}` }
}
