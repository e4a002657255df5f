import type { Finding, Suppressed } from '../../check/finding.ts'
import type { Report } from '../../check/report.ts'
import { exactPath } from './file-json.ts'

/** `peel check --json` (cli.md): positions count from 0, paths have no leading slash. */
export function checkJson(report: Report): object {
  const { reference, digest, platform, passed, base, gates, findings, suppressed, summary, advice, together, pull, explanation } =
    report
  return {
    reference,
    digest,
    platform,
    passed,
    base,
    gates,
    findings: findings.map(findingJson),
    ...(advice !== undefined && { advice, together }),
    suppressed: suppressed.map(suppressedJson),
    summary,
    ...(pull !== undefined && { pull }),
    ...(explanation !== undefined && { explanation }),
  }
}

function findingJson(finding: Finding): object {
  const { id, severity, layer, hiddenBy, path, bytes, title, detail, fix, inBase, fingerprint, evidence, others } = finding
  const place = path === null ? { path } : exactPath(path)
  return {
    id,
    severity,
    layer,
    hiddenBy,
    ...place,
    bytes,
    title,
    detail,
    fix,
    inBase,
    fingerprint,
    evidence,
    ...(others !== undefined && { others }),
  }
}

function suppressedJson({ finding, reason, by }: Suppressed): object {
  const { id, layer, path, fingerprint } = finding
  return { id, ...(path === null ? { path } : exactPath(path)), layer, reason, by, fingerprint }
}
