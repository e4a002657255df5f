import type { Finding } from '../../check/finding.ts'
import type { Report } from '../../check/report.ts'
import { pathUri } from './check-path.ts'

/** A report of GitLab Code Quality: an array, fingerprints unique, paths relative. */
export function checkGitlab(reports: readonly Report[]): object {
  const seen = new Set<string>()
  return reports.flatMap(report => {
    const gates = report.gates
      .filter(({ passed }) => !passed)
      .map(({ name, actual, limit }) => ({
        description: `Gate ${name}: ${actual}, the limit is ${limit}`,
        check_name: `gate/${name}`,
        fingerprint: unique(seen, `gate-${name}-${report.platform}`),
        severity: 'major',
        location: { path: 'image', lines: { begin: 1 } },
      }))
    return [...gates, ...report.findings.filter(({ inBase }) => !inBase).map(finding => issue(finding, seen))]
  })
}

function issue(finding: Finding, seen: Set<string>): object {
  const { id, title, detail, fix, fingerprint, path, evidence } = finding
  return {
    description: `${title}. ${detail} Fix: ${fix}`,
    check_name: id,
    fingerprint: unique(seen, fingerprint),
    severity: severityOf(finding),
    location: { path: path === null || path === '' ? 'image' : pathUri(path), lines: { begin: evidence.line ?? 1 } },
  }
}

function severityOf({ id, severity }: Finding): string {
  if (severity === 'error') return id.startsWith('secret/') ? 'critical' : 'major'
  return severity === 'warning' ? 'minor' : 'info'
}

/** The same fault in two images of one report would be one issue for GitLab. */
function unique(seen: Set<string>, fingerprint: string): string {
  let name = fingerprint
  for (let count = 2; seen.has(name); count++) name = `${fingerprint}-${count}`
  seen.add(name)
  return name
}
