import { digestOf, splitDigest } from '../blob/digest.ts'
import { formatCount } from '../format/count.ts'
import type { FilePath } from '../layer/file-path.ts'
import { sortSteps } from '../overlay/sort-steps.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'
import { type Finding, type JudgedFindings, SEVERITIES, type Suppressed } from './finding.ts'
import type { Builder, Documents, FixText, Hit, RuleText } from './rule.ts'

/** The findings that a rule's hits become, in the order they were found; those that a package explains apart. */
export function foundBy(
  rule: RuleText,
  hits: Iterable<Hit | undefined>,
  documents: Pick<Documents, 'builder' | 'baseLayers'>,
): JudgedFindings {
  return finish(foundBySteps(rule, hits, documents))
}

/** The same in the steps that the rule takes, a step for each hit: its fingerprint is a digest. */
export function* foundBySteps(
  rule: RuleText,
  hits: Iterable<Hit | undefined>,
  documents: Pick<Documents, 'builder' | 'baseLayers'>,
): Steps<JudgedFindings> {
  const findings: Finding[] = []
  const suppressed: Suppressed[] = []
  for (const hit of hits) {
    yield
    if (hit === undefined) continue
    const finding = findingOf(rule, hit, documents)
    if (hit.published === undefined) findings.push(finding)
    else suppressed.push({ finding, reason: hit.published, by: 'package' })
  }
  return { findings, suppressed }
}

function findingOf(rule: RuleText, hit: Hit, { builder, baseLayers }: Pick<Documents, 'builder' | 'baseLayers'>): Finding {
  const { layer, hiddenBy, path, evidence = {} } = hit
  const mended = hit.mendedBy ?? hiddenBy ?? layer
  return {
    id: rule.id,
    severity: hit.severity ?? rule.severity,
    layer: layer ?? null,
    hiddenBy: hiddenBy ?? null,
    path: path ?? null,
    bytes: hit.bytes ?? 0,
    hiddenBytes: hit.hiddenBytes ?? (hit.hiddenBy === undefined ? 0 : (hit.bytes ?? 0)),
    title: hit.title ?? rule.title,
    detail: hit.detail,
    fix: hit.fix ?? fixFor(rule.fix, builder),
    inBase: mended !== undefined && mended < baseLayers,
    fingerprint: fingerprintOf(rule.id, path, hit.key ?? evidence.sha256),
    evidence,
    ...(hit.places !== undefined && { places: hit.places }),
    ...(hit.edits !== undefined && { edits: hit.edits }),
    ...(hit.document !== undefined && { document: hit.document }),
  }
}

/** Several in one. */
export function together(found: readonly JudgedFindings[]): JudgedFindings {
  return { findings: found.flatMap(each => each.findings), suppressed: found.flatMap(each => each.suppressed) }
}

/** The words of a fix for the tool that built the image. */
function fixFor(fix: FixText, builder: Builder): string {
  return fix[builder] ?? fix.other
}

/**
 * Names a fault for baselines: the rule, the path, and what tells it from others there. Positions of layers are left out, so that a
 * rebuild keeps it (gates.md §2).
 */
function fingerprintOf(id: string, path: FilePath | undefined, key = ''): string {
  // Paths are one character a byte, keys are text: the unit separator is in neither as a rule.
  return splitDigest(digestOf(Buffer.from([id, path ?? '', key].join('\u001f'), 'utf8')))[1]
}

/** The worst first, then by rule, layer and path; those of the base last. */
function* inOrder(findings: readonly Finding[]): Steps<readonly Finding[]> {
  const order = yield* sortSteps(Uint32Array.from(findings.keys()), (one, other) => {
    const [a, b] = [findings[one], findings[other]]
    return a === undefined || b === undefined ? one - other : byHarm(a, b) || one - other
  })
  return Array.from(order).flatMap(at => findings[at] ?? [])
}

function byHarm(a: Finding, b: Finding): number {
  return (
    Number(a.inBase) - Number(b.inBase) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compare(a.id, b.id) ||
    (a.layer ?? -1) - (b.layer ?? -1) ||
    compare(a.path ?? '', b.path ?? '') ||
    compare(a.fingerprint, b.fingerprint)
  )
}

/** So many findings of one rule are told each for itself. */
const TOLD_EACH = 20

/**
 * Findings of one rule beyond the twentieth as one: `212 more`, with their bytes and the worst severity among them. Done after ignores and
 * baselines; its fingerprint is without the number, so that a baseline goes on knowing it. In small steps: there may be as many findings as files.
 */
export function* collapsed(findings: readonly Finding[]): Steps<readonly Finding[]> {
  const groups = new Map<string, Finding[]>()
  for (const [at, finding] of findings.entries()) {
    if (at % STEP === 0) yield
    const key = `${finding.id} ${finding.inBase}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  const told: Finding[] = []
  for (const group of groups.values()) {
    const ordered = yield* inOrder(group)
    // One more is told as itself: the line that counts it would be as long.
    if (ordered.length <= TOLD_EACH + 1) told.push(...ordered)
    else told.push(...ordered.slice(0, TOLD_EACH), yield* moreSteps(ordered.slice(TOLD_EACH)))
  }
  return yield* inOrder(told)
}

function* moreSteps(rest: readonly Finding[]): Steps<Finding> {
  const [first] = rest
  if (first === undefined) throw new Error('Cannot sum up findings: there is none')
  let [places, bytes, hiddenBytes] = [0, 0, 0]
  for (const [at, each] of rest.entries()) {
    if (at % STEP === 0) yield
    places += each.places ?? 1
    bytes += each.bytes
    hiddenBytes += each.hiddenBytes
  }
  return {
    ...first,
    layer: null,
    hiddenBy: null,
    path: null,
    bytes,
    hiddenBytes,
    title: `${formatCount(places)} more: ${first.title.replace(/^[\d,]+ more: /, '')}`,
    detail: `${formatCount(places)} more places like the ${TOLD_EACH} above.`,
    fingerprint: fingerprintOf(first.id, undefined, 'more'),
    evidence: {},
    edits: [],
    places,
    others: rest.slice(0, OTHERS_LIMIT).map(({ fingerprint }) => fingerprint),
  }
}

/** Fingerprints kept of what is summed up. */
const OTHERS_LIMIT = 10_000

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
