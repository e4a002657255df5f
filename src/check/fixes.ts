import { type Edit, removalOf, removedPath } from '../rebuild/edit.ts'
import { type Finding, SEVERITIES, type Severity } from './finding.ts'

/** The way a rebuild mends findings of one rule. */
export type Fix = {
  /** Of the rule. */
  readonly id: string
  /** The worst of its findings. */
  readonly severity: Severity
  /** The rule's words for what is wrong. */
  readonly title: string
  readonly findings: readonly Finding[]
  /** As a plan takes them: ranges that overlap are one, and a path below another that goes is left out. */
  readonly edits: readonly Edit[]
  /** Content bytes of the findings: what leaves the layers by it. */
  readonly bytes: number
  /** Whether every file that the image shows stays in it: only what is hidden goes. */
  readonly keepsFiles: boolean
}

/** The fixes that a rebuild can make, one a rule, the worst first and then those that save most; those that the base image must make included. */
export function fixesFor(findings: readonly Finding[]): readonly Fix[] {
  const mended = findings.filter(finding => editsFor(finding).length > 0)
  return [...Map.groupBy(mended, ({ id }) => id)]
    .map(([id, group]) => fixOf(id, group))
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.bytes - a.bytes)
}

function fixOf(id: string, findings: readonly Finding[]): Fix {
  const edits = mergedEdits(findings.flatMap(editsFor))
  return {
    id,
    severity: SEVERITIES.find(severity => findings.some(finding => finding.severity === severity)) ?? 'info',
    title: findings[0]?.title ?? '',
    findings,
    edits,
    bytes: findings.reduce((sum, { bytes }) => sum + bytes, 0),
    keepsFiles: edits.every(({ type }) => type !== 'remove'),
  }
}

/** The edits that mend one finding: nothing where only the build can mend it. */
export function editsFor({ id, path, layer, hiddenBy, edits }: Finding): readonly Edit[] {
  if (edits !== undefined) return edits
  const removal = BY_RULE[id]
  if (removal !== undefined) return [removal]
  // The path of a hidden version may show another file: a squash of the layers between leaves that one.
  if (HIDDEN.test(id) && layer !== null && hiddenBy !== null) return [squashOf(layer, hiddenBy)]
  return path !== null && path !== '' && (REMOVABLE.has(id) || isWholeSecret(id)) ? [removalOf(path)] : []
}

/** Rules of which one edit removes all files, and leaves what must stay: licences, directories. */
const BY_RULE: Readonly<Record<string, Edit>> = {
  'waste/docs': { type: 'remove', preset: 'docs' },
  'waste/bytecode': { type: 'remove', preset: 'python-bytecode' },
  // Programs want the directories of their logs, and links to standard output are no logs.
  'waste/logs': { type: 'remove', expression: 'var/log/** type:file' },
}

/** Rules that find what later layers hide. */
const HIDDEN = /^(?:secret\/|waste\/hidden$)/

/** Rules whose path is nothing but what should not be there. */
const REMOVABLE: ReadonlySet<string> = new Set([
  'leak/git-directory',
  'leak/dotenv',
  'leak/editor-os',
  'leak/core-dump',
  'waste/package-cache',
  'waste/sparse-log',
  'waste/vcs-archives',
  'repro/volatile-files',
  'repro/direct-url',
])

/** Secrets that are a file of their own. Others stand in a file that the program may need. */
function isWholeSecret(id: string): boolean {
  return /^secret\/(?:private-key|ssh-host-key|credential-file|gcp-service-account)$/.test(id)
}

/** The edit that makes one layer of a run of layers, or writes a layer anew that hides its own files. */
function squashOf(from: number, to: number): Edit {
  return from === to ? { type: 'squash', from, to, anew: true } : { type: 'squash', from, to }
}

type Range = { from: number; to: number }

/** Ranges that overlap are one range, a path is removed once, and nothing below a directory that goes is named. */
export function mergedEdits(edits: readonly Edit[]): readonly Edit[] {
  const ranges: Range[] = []
  const squashes = edits.flatMap(edit =>
    edit.type === 'squash' && edit.from !== undefined && edit.to !== undefined ? [{ from: edit.from, to: edit.to }] : [],
  )
  for (const range of squashes.sort((a, b) => a.from - b.from)) {
    const last = ranges.at(-1)
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else ranges.push(range)
  }
  const others = new Map(edits.flatMap(edit => (edit.type === 'squash' ? [] : [[JSON.stringify(edit), edit] as const])))
  const removed = new Set([...others.values()].flatMap(edit => removedPath(edit) ?? []))
  const isCovered = (edit: Edit) => {
    const parts = (removedPath(edit) ?? '').split('/')
    return parts.some((_, length) => length > 0 && removed.has(parts.slice(0, length).join('/') as never))
  }
  return [...ranges.map(({ from, to }) => squashOf(from, to)), ...[...others.values()].filter(edit => !isCovered(edit))]
}
