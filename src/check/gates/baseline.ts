import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'

/**
 * Fingerprints of the findings of an earlier `peel check --json`, of one image or several.
 * @throws ImageError `BASELINE_INVALID`
 */
export function parseBaseline(text: string, file: string): ReadonlySet<string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const reports = Array.isArray(value) ? value : [value]
  const prints = new Set<string>()
  for (const report of reports) {
    const findings = isRecord(report) ? report['findings'] : undefined
    if (!Array.isArray(findings)) {
      throw new ImageError(
        'BASELINE_INVALID',
        { action: `use the baseline ${escapeText(file)}`, why: 'it is no report of peel check --json' },
        { hint: 'peel check IMAGE --update-baseline FILE writes one.' },
      )
    }
    for (const finding of findings) {
      if (!isRecord(finding)) continue
      const { fingerprint, others } = finding
      for (const print of Array.isArray(others) ? others : [fingerprint]) if (typeof print === 'string') prints.add(print)
    }
  }
  return prints
}
