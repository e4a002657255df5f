import { type Finding, SEVERITIES, type Severity } from '../../check/finding.ts'
import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { diffIDMismatch } from '../../image/diff-id-mismatch.ts'
import { pathText } from '../../layer/file-path.ts'
import { isListing } from '../../layer/reading.ts'
import type { OpenImage } from './open-image.ts'

/** The page of findings: what it shows of those that the story's check has found. */
export type FindingsSlice = {
  /** Words that a finding must have, as they were typed. */
  readonly filter: string
  /** Rules whose findings are not shown or folded as at first. */
  readonly turned: ReadonlySet<string>
  /** The finding that `d` explains. */
  readonly explained: Finding | undefined
}

export const FIRST_FINDINGS: FindingsSlice = { filter: '', turned: new Set(), explained: undefined }

/** Findings of one rule. */
export type FindingGroup = {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  /** The base image must change, not what was built on it. */
  readonly inBase: boolean
  readonly findings: readonly Finding[]
  /** How many findings it stands for: one may sum up others. */
  readonly count: number
  readonly bytes: number
}

/** One row of the page: a rule, or one of its findings. A rule with one finding is one row. */
export type FindingRow =
  | { readonly kind: 'rule'; readonly group: FindingGroup; readonly isOpen: boolean }
  | { readonly kind: 'finding'; readonly group: FindingGroup; readonly finding: Finding }

/** Findings of a rule that are not folded at first. */
const SHOWN_AT_FIRST = 5

/** Rules with their findings, worst first; those that the base image must mend last. In a rule the largest first, what sums up others last. */
export function groupsOf(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = Map.groupBy(findings, ({ id, inBase }) => `${id} ${inBase}`)
  return [...groups.values()].map(groupOf).sort(byHarm)
}

function groupOf(findings: readonly Finding[]): FindingGroup {
  const [first] = findings
  return {
    id: first?.id ?? '',
    severity: SEVERITIES.find(severity => findings.some(each => each.severity === severity)) ?? 'info',
    // Of a row that sums up others the title has their number.
    title: (findings.find(({ places }) => places === undefined) ?? first)?.title ?? '',
    inBase: first?.inBase ?? false,
    findings: findings.toSorted((a, b) => Number(a.places !== undefined) - Number(b.places !== undefined) || b.bytes - a.bytes),
    count: findings.reduce((sum, { places = 1 }) => sum + places, 0),
    bytes: findings.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function byHarm(a: FindingGroup, b: FindingGroup): number {
  return (
    Number(a.inBase) - Number(b.inBase) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    harmOf(a.id) - harmOf(b.id) ||
    b.bytes - a.bytes ||
    (a.id < b.id ? -1 : 1)
  )
}

/** Of one severity, secrets that every pull contains come first, then faults that keep the image from running. */
function harmOf(id: string): number {
  const at = HARM.findIndex(group => id.startsWith(group))
  return at === -1 ? HARM.length : at
}

const HARM = ['secret/', 'leak/', 'run/', 'suspicious/', 'user/', 'file/', 'waste/']

/** The rows of the page. */
export function findingRows(groups: readonly FindingGroup[], { turned }: FindingsSlice): readonly FindingRow[] {
  return groups.flatMap((group): readonly FindingRow[] => {
    const [first] = group.findings
    if (group.findings.length === 1 && first !== undefined) return [{ kind: 'finding', group, finding: first }]
    const isOpen = isGroupOpen(group, turned)
    const below = isOpen ? group.findings.map(finding => ({ kind: 'finding', group, finding }) as const) : []
    return [{ kind: 'rule', group, isOpen }, ...below]
  })
}

function isGroupOpen(group: FindingGroup, turned: ReadonlySet<string>): boolean {
  return turned.has(groupKey(group)) !== group.findings.length <= SHOWN_AT_FIRST
}

/** Names a group; the base image's findings of a rule are another one. */
export function groupKey({ id, inBase }: FindingGroup): string {
  return inBase ? `${id} base` : id
}

/** Groups that are open, or not, whatever they are at first. */
export function turnedTo(groups: readonly FindingGroup[], isOpen: boolean): ReadonlySet<string> {
  return new Set(groups.filter(group => group.findings.length <= SHOWN_AT_FIRST !== isOpen).map(groupKey))
}

/** Findings that have all words of the filter, `!` before a word: not; `layer:3`, `error` and `secret/` are words like others. */
export function filterFindings(findings: readonly Finding[], filter: string): readonly Finding[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return findings
  return findings.filter(finding => {
    const text = textOf(finding)
    return words.every(word => (word.startsWith('!') && word.length > 1 ? !text.includes(word.slice(1)) : text.includes(word)))
  })
}

function textOf({ id, severity, title, detail, path, layer, hiddenBy, inBase }: Finding): string {
  const layers = [layer, hiddenBy].flatMap(each => (each === null ? [] : [`layer:${each + 1} `]))
  const name = path === null ? '' : `/${pathText(path) ?? path}`
  return [severity, id, title, detail, name, ...layers, inBase ? 'base' : ''].join(' ').toLowerCase()
}

/** The findings, and the oddities of documents and layers as they were read. */
export function allFindings(image: OpenImage | undefined, findings: readonly Finding[]): readonly Finding[] {
  const odd = image === undefined ? [] : diagnosticsOf(image)
  return odd.length === 0 ? findings : [...findings, ...odd.map(findingOfDiagnostic)]
}

function findingOfDiagnostic({ code, severity, message, layer }: Diagnostic): Finding {
  const id = `image/${code.toLowerCase().replaceAll('_', '-')}`
  return {
    id,
    severity,
    layer: layer ?? null,
    hiddenBy: null,
    path: null,
    bytes: 0,
    hiddenBytes: 0,
    title: escapeText(message),
    detail: escapeText(message),
    fix: 'peel verify IMAGE reads everything anew and says what does not hold.',
    inBase: false,
    fingerprint: `${id} ${layer ?? ''} ${message}`,
    evidence: {},
    edits: [],
  }
}

/** How many findings of each severity there are, those of the base image left out. */
export function countsOf(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity, inBase, places = 1 } of findings) if (!inBase) counts[severity] += places
  return counts
}

/** `2 errors`, `1 warning`, `9 info`. */
export function severityWords(severity: Severity, count: number): string {
  return severity === 'info' ? `${count} info` : `${count} ${severity}${count === 1 ? '' : 's'}`
}

/** The warnings and errors about an image as far as it is read: those of the documents first, then layer by layer. */
export function diagnosticsOf(image: OpenImage): readonly Diagnostic[] {
  const known = KNOWN.get(image)
  if (known !== undefined) return known
  const ofLayers = image.progress.flatMap((_, layer) => layerDiagnostics(image, layer))
  const found = [...image.diagnostics, ...ofLayers].filter(({ severity }) => severity !== 'info')
  KNOWN.set(image, found)
  return found
}

/** Asked for with every frame; an image that learns something is another object. */
const KNOWN = new WeakMap<OpenImage, readonly Diagnostic[]>()

/** Whether something is wrong or odd about this very layer. */
export function isOddLayer(image: OpenImage, layer: number): boolean {
  return diagnosticsOf(image).some(each => each.layer === layer)
}

function layerDiagnostics(image: OpenImage, layer: number): readonly Diagnostic[] {
  const progress = image.progress[layer]
  if (progress?.status === 'failed') {
    const { code, message } = progress.error
    return [{ code, severity: 'error', message, layer }]
  }
  if (progress?.status !== 'read') return []
  const { reading } = progress
  const own = reading.changeset.diagnostics.map(each => ({ ...each, layer }))
  const of = image.image.layers[layer]
  const mismatch = isListing(reading) || of === undefined ? undefined : diffIDMismatch(of, reading)
  return mismatch === undefined ? own : [mismatch, ...own]
}
