import type { Finding } from '../../check/finding.ts'
import type { Report } from '../../check/report.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'

/** Rows of a table: a comment of a pull request is read, not searched. */
const ROWS = 20
const GATES = 12

/** Markdown for a pull request or a step summary: at most 60 lines an image. */
export function* checkMarkdown(report: Report): Generator<string> {
  const { reference, platform, passed, summary, gates, findings, suppressed } = report
  yield `### peel check: ${passed ? 'passed' : 'not passed'}`
  yield ''
  yield `${code(reference)} ${platform} · ${countOf(summary.error, 'error')} · ${countOf(summary.warning, 'warning')} · ${summary.info} info`
  if (gates.length > 0) {
    yield ''
    yield '| gate | limit | actual | |'
    yield '|---|---:|---:|---|'
    for (const { name, limit, actual, passed: ok } of failedFirst(gates).slice(0, GATES))
      yield `| ${cell(name)} | ${cell(limit)} | ${cell(actual)} | ${ok ? 'pass' : '**fail**'} |`
  }
  const own = findings.filter(({ inBase }) => !inBase)
  if (own.length > 0) {
    yield ''
    yield '| severity | finding | where | bytes | fix |'
    yield '|---|---|---|---:|---|'
    for (const finding of own.slice(0, ROWS)) yield row(finding)
    if (own.length > ROWS) {
      yield ''
      yield `${own.length - ROWS} more: \`peel check\` tells all of them.`
    }
  }
  const inBase = findings.length - own.length
  if (inBase > 0 || suppressed.length > 0) {
    yield ''
    yield `${inBase} in the base image (not counted), ${suppressed.length} not told by exceptions.`
  }
}

function failedFirst(gates: Report['gates']): Report['gates'] {
  return gates.toSorted((a, b) => Number(a.passed) - Number(b.passed))
}

function row({ id, severity, title, path, layer, hiddenBy, bytes, fix }: Finding): string {
  const hidden = hiddenBy === null ? '' : `, hidden by ${hiddenBy + 1}`
  const place = [
    ...(path === null ? [] : [code(`/${displayPath(path)}`)]),
    ...(layer === null ? [] : [`layer ${layer + 1}${hidden}`]),
  ].join('<br>')
  return `| ${severity === 'error' ? '**error**' : severity} | ${code(id)}<br>${cell(title)} | ${place} | ${bytes === 0 ? '' : formatSize(bytes)} | ${cell(fix)} |`
}

/** Text of an image is shown as it is: no markup, no HTML, no table cells, no mentions. */
function cell(value: string | number): string {
  return String(value)
    .slice(0, 300)
    .replace(/[\\`*_{}[\]<>|#~!@]/g, character => `\\${character}`)
    .replaceAll('\n', ' ')
}

function code(text: string): string {
  // A code span in a table ends at the bar or at as many backticks as it began with.
  return `\`${text.slice(0, 200).replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('\n', ' ')}\``
}
