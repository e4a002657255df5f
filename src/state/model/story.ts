import type { Finding } from '../../check/finding.ts'
import type { RuleText } from '../../check/rule.ts'
import type { Story } from '../../list/story.ts'
import type { Act } from '../../space/acts.ts'
import type { Duplicate } from '../../space/duplicates.ts'
import { addTo } from '../../sums.ts'
import { type FindingGroup, groupsOf } from './findings.ts'

/** The findings of a check: those that are sure while layers are missing, of everything when all are read. */
export type CheckedSoFar = {
  readonly findings: readonly Finding[]
  /** The texts of their rules, by id. */
  readonly texts: ReadonlyMap<string, RuleText>
  readonly isWhole: boolean
  /** Positions of layers known from an earlier run that looked into none of their files, and that lie elsewhere: no secret of theirs is found. */
  readonly unseen?: readonly number[]
}

/** The first page: what its jobs have found so far. */
export type StorySlice = {
  /** Of the layers that were read when it was computed. */
  readonly story: Story | undefined
  /** The findings of `peel check`: of the documents and of secrets at first, of everything once all layers are read. */
  readonly findings: readonly Finding[]
  /** The texts of their rules, by id. */
  readonly texts: ReadonlyMap<string, RuleText>
  /** Whether the findings are those of the whole image. */
  readonly checked: boolean
  /** Positions of layers whose files were not looked into; reading them whole does it. */
  readonly unseen: readonly number[]
}

export const FIRST_STORY: StorySlice = { story: undefined, findings: [], texts: new Map(), checked: false, unseen: [] }

/** One row of the first page; headings name a section and lead to the tab that has all of it. */
export type StoryRow =
  | { readonly kind: 'heading'; readonly section: StorySection; readonly bytes: number; readonly count: number }
  | { readonly kind: 'act'; readonly act: Act }
  /** The findings of one rule; `bytes` of them are what the section is about. */
  | { readonly kind: 'rule'; readonly group: FindingGroup; readonly bytes: number }
  | { readonly kind: 'twice'; readonly duplicate: Duplicate }
  /** The acts that the page leaves to the waste: how many, and their bytes. */
  | { readonly kind: 'more'; readonly section: 'hidden'; readonly count: number; readonly bytes: number }

export type StorySection = 'hidden' | 'secrets' | 'start' | 'litter' | 'findings' | 'twice'

/** Acts that are listed before the row that counts the others: the first page stays a page. */
const SHOWN_ACTS = 12
const SHOWN_TWICE = 5

/** The rows of the page, section by section, what harms first: a section without rows is left out. */
export function storyRows(slice: StorySlice): readonly StoryRow[] {
  const rows = KNOWN.get(slice) ?? rowsOf(slice)
  KNOWN.set(slice, rows)
  return rows
}

/** Asked for with every frame; a story that learns something is another object. */
const KNOWN = new WeakMap<StorySlice, readonly StoryRow[]>()

function rowsOf({ story, findings }: StorySlice): readonly StoryRow[] {
  const acts = story?.acts.acts.slice(0, SHOWN_ACTS) ?? []
  const twice = story?.twice.slice(0, SHOWN_TWICE) ?? []
  return [
    ...findingSection('secrets', findings.filter(isSecret)),
    ...findingSection(
      'start',
      findings.filter(({ id }) => id.startsWith('run/')),
    ),
    ...section('hidden', story?.acts.bytes ?? 0, story?.acts.count ?? 0, [
      ...acts.map(act => ({ kind: 'act', act }) as const),
      ...otherActs(story),
    ]),
    ...findingSection('litter', findings.filter(isLitter)),
    ...findingSection(
      'findings',
      findings.filter(each => !isSecret(each) && !/^(?:run|waste)\//.test(each.id)),
    ),
    ...section(
      'twice',
      story?.twiceBytes ?? 0,
      twice.length,
      twice.map(duplicate => ({ kind: 'twice', duplicate }) as const),
    ),
  ]
}

/** The row of the acts that are not listed. */
function otherActs(story: StorySlice['story']): readonly StoryRow[] {
  const count = (story?.acts.count ?? 0) - SHOWN_ACTS
  if (story === undefined || count <= 0) return []
  const listed = story.acts.acts.slice(0, SHOWN_ACTS).reduce((sum, { bytes }) => sum + bytes, 0)
  return [{ kind: 'more', section: 'hidden', count, bytes: story.acts.bytes - listed }]
}

/** Secrets, and what else was not meant for others; a leftover that gives nothing away is told among the other findings. */
function isSecret({ id, severity }: Finding): boolean {
  return id.startsWith('secret/') || (id.startsWith('leak/') && severity !== 'info')
}

/** Bytes that are alive and no run needs; hidden bytes are told by the acts. */
function isLitter(finding: Finding): boolean {
  return finding.id.startsWith('waste/') && !TOLD_BY_ACTS.has(finding.id) && aliveBytes(finding) > 0
}

const TOLD_BY_ACTS: ReadonlySet<string> = new Set(['waste/hidden', 'waste/metadata-rewrite', 'waste/duplicate'])

/** The bytes of a finding that files of the image show. */
function aliveBytes({ bytes, hiddenBytes }: Finding): number {
  return bytes - hiddenBytes
}

/** Alive bytes of litter by the layer that ships them. */
export function litterByLayer(findings: readonly Finding[]): ReadonlyMap<number, number> {
  const litter = new Map<number, number>()
  for (const each of findings) if (each.layer !== null && isLitter(each)) addTo(litter, each.layer, aliveBytes(each))
  return litter
}

function findingSection(name: StorySection, findings: readonly Finding[]): readonly StoryRow[] {
  const bytesOf = (all: readonly Finding[]) =>
    all.reduce((sum, each) => sum + (name === 'litter' ? aliveBytes(each) : each.bytes), 0)
  const rows = groupsOf(findings).map(group => ({ kind: 'rule', group, bytes: bytesOf(group.findings) }) as const)
  const count = rows.reduce((sum, { group }) => sum + group.count, 0)
  return section(name, bytesOf(findings), count, name === 'litter' ? rows.toSorted((a, b) => b.bytes - a.bytes) : rows)
}

function section(name: StorySection, bytes: number, count: number, rows: readonly StoryRow[]): readonly StoryRow[] {
  return rows.length === 0 ? [] : [{ kind: 'heading', section: name, bytes, count }, ...rows]
}
