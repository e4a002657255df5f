import type { SettingsSummary } from '../../artifact/summary/settings.ts'
import type { Summary } from '../../artifact/summary/summarise.ts'
import { summaryLines } from '../../artifact/summary/summary-lines.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { type Fact, fact } from '../../line/facts.ts'

/** Facts of one document that are shown: the rest of an SBOM is in the document itself. */
const MOST = 1000

/** The facts of a summary, escaped, with every package and tensor up to a limit. */
export function summaryFacts(summary: Summary | SettingsSummary, { long = true, most = MOST } = {}): readonly Fact[] {
  const lines = summaryLines(summary, { long })
  const facts = lines.slice(0, most).map(([name, value]) => fact(escapeText(name) || ' ', escapeText(value)))
  return lines.length <= most ? facts : [...facts, fact(' ', `${formatCount(lines.length - most)} more`)]
}
