import type { Finding, Suppressed } from '../../check/finding.ts'
import { fails, type GateResult, type Report } from '../../check/report.ts'
import { displayPath } from '../../layer/file-path.ts'

/** JUnit XML: a suite an image and platform; gates and findings are test cases, what is not told is skipped. */
export function* checkJunit(reports: readonly Report[]): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>'
  yield `<testsuites name="peel check">`
  for (const report of reports) yield* suite(report)
  yield '</testsuites>'
}

function* suite({ reference, platform, gates, findings, suppressed, failOn }: Report): Generator<string> {
  const own = findings.filter(({ inBase }) => !inBase)
  const passed = own.length === 0 && gates.length === 0
  const failures = own.filter(finding => fails(finding, failOn)).length + gates.filter(gate => !gate.passed).length
  const tests = own.length + gates.length + suppressed.length + (passed ? 1 : 0)
  yield `  <testsuite name="${attribute(`${reference} ${platform}`)}" tests="${tests}" failures="${failures}" errors="0" skipped="${suppressed.length}" time="0">`
  if (passed) yield '    <testcase classname="peel" name="no findings"/>'
  for (const gate of gates) yield gateCase(gate)
  for (const finding of own) yield findingCase(finding, fails(finding, failOn))
  for (const each of suppressed) yield skippedCase(each)
  yield '  </testsuite>'
}

function gateCase({ name, actual, limit, passed, source }: GateResult): string {
  const start = `    <testcase classname="gate" name="${attribute(name)}"`
  const words = attribute(`${name} is ${actual}, the limit is ${limit} (${source})`)
  return passed ? `${start}/>` : `${start}><failure message="${words}" type="gate"/></testcase>`
}

/** A finding that does not fail the check is a test that passes, with the words beside it. */
function findingCase(finding: Finding, failed: boolean): string {
  const { id, severity, title, detail, fix } = finding
  const words = attribute(`${detail} Fix: ${fix}`)
  if (!failed)
    return `    <testcase ${named(finding, id)}><system-out>${attribute(`${severity}: ${title}. `)}${words}</system-out></testcase>`
  const failure = `<failure message="${attribute(title)}" type="${severity}">${words}</failure>`
  return `    <testcase ${named(finding, id)}>${failure}</testcase>`
}

function skippedCase({ finding, reason, by }: Suppressed): string {
  return `    <testcase ${named(finding, finding.id)}><skipped message="${attribute(`${by}: ${reason}`)}"/></testcase>`
}

function named({ path, layer }: Finding, id: string): string {
  const place = path === null ? (layer === null ? '' : ` layer ${layer + 1}`) : ` /${displayPath(path)}`
  return `classname="${attribute(id.split('/', 1)[0] ?? '')}" name="${attribute(`${id}${place}`)}"`
}

/** Characters that XML 1.0 does not allow, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that are taken out
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu

function attribute(text: string): string {
  return text
    .replace(ILLEGAL, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
}
