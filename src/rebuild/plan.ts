import { blockFormat } from '../blob/block-compression.ts'
import { isRecord } from '../blob/descriptor.ts'
import type { Compression, Family } from '../blob/media-type.ts'
import { ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'
import { type Edit, editProblem } from './edit.ts'
import { parseSetting, type Setting } from './setting.ts'

/** The edits that an image shall get: a value that is shown, changed, undone by leaving out the last edit, saved and replayed. */
export type Plan = { readonly edits: readonly Edit[] }

export const EMPTY_PLAN: Plan = { edits: [] }

export type Compress = { readonly compression: Compression; readonly level: number | undefined }

/** A plan for an image of so many layers, with its contradictions settled. */
export type PlanChoices = {
  /** Ranges to squash, in order, at least two layers each once the dropped ones are gone, or one that is written anew. */
  readonly ranges: readonly (readonly number[])[]
  readonly dropped: ReadonlySet<number>
  readonly removals: readonly Extract<Edit, { type: 'remove' }>[]
  readonly settings: readonly Setting[]
  readonly clampTo: number | undefined
  readonly compress: Compress
  /** Kept layers are recompressed as well. */
  readonly compressEvery: boolean
  /** Of the kept layers only those that are not compressed are. */
  readonly compressPlain: boolean
  readonly family: Family | undefined
  readonly platforms: readonly string[] | undefined
  /** Images of an index that are not rewritten are not in the result. */
  readonly dropOthers: boolean
  readonly carryAttestations: boolean
  readonly keepSubject: boolean
}

/** The plan as it is saved: JSON that `parsePlan` reads. */
export function formatPlan(plan: Plan): string {
  return `${JSON.stringify({ peelPlan: 1, edits: plan.edits }, null, 2)}\n`
}

/** @throws ImageError `PLAN_INVALID` */
export function parsePlan(text: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    throw invalid(`it is not JSON (${escapeText(reasonOf(thrown))})`)
  }
  if (!isRecord(value) || value['peelPlan'] !== 1) throw invalid('it does not begin with "peelPlan": 1')
  const edits: unknown = value['edits']
  if (!Array.isArray(edits)) throw invalid('"edits" is not a list')
  return { edits: edits.map(readEdit) }
}

/**
 * The choices that a plan makes for an image of `layers` layers. A later edit of one kind wins over an earlier; ranges, removals,
 * settings and dropped layers add up.
 * @throws ImageError `PLAN_INVALID`, also for a plan with a rebase, which is done by the one of `make`; `COMPRESSION_LEVEL_INVALID`
 */
export function choicesOf(plan: Plan, layers: number): PlanChoices {
  const last = <Type extends Edit['type']>(type: Type) =>
    plan.edits.findLast((edit): edit is Extract<Edit, { type: Type }> => edit.type === type)
  const all = <Type extends Edit['type']>(type: Type) =>
    plan.edits.filter((edit): edit is Extract<Edit, { type: Type }> => edit.type === type)
  const base = last('rebase')
  if (base !== undefined)
    throw invalid('it puts the image on another base', `That is peel rebase IMAGE DEST --new-base ${escapeText(base.newBase)}.`)
  const dropped = new Set(all('drop-layer').map(({ position }) => inside(position, layers)))
  // The specification's schema wants a layer, and so do engines.
  if (dropped.size > 0 && dropped.size === layers)
    throw invalid('it drops every layer', 'An image has a layer at least: keep one, or remove files from it.')
  const compress = last('compress')
  if (compress !== undefined && compress.compression !== 'none') blockFormat(compress.compression, compress.level)
  return {
    ranges: rangesOf(all('squash'), layers, dropped),
    dropped,
    removals: all('remove'),
    settings: all('set').map(({ setting }) => parseSetting(setting)),
    clampTo: last('clamp-times')?.to,
    compress: { compression: compress?.compression ?? 'gzip', level: compress?.level },
    compressEvery: compress?.every === true,
    compressPlain: compress?.plain === true && compress.every !== true,
    family: last('format')?.family,
    platforms: last('platforms')?.platforms,
    dropOthers: last('platforms')?.others === 'drop',
    carryAttestations: last('attestations')?.action === 'carry',
    keepSubject: last('keep-subject') !== undefined,
  }
}

function rangesOf(
  edits: readonly Extract<Edit, { type: 'squash' }>[],
  layers: number,
  dropped: ReadonlySet<number>,
): readonly (readonly number[])[] {
  const wanted: { readonly from: number; readonly to: number; readonly anew: boolean }[] = []
  for (const { from, to, anew = false } of edits) {
    if (layers === 0 && from === undefined && to === undefined) continue
    wanted.push({ from: inside(from ?? 0, layers), to: inside(to ?? layers - 1, layers), anew })
  }
  const ranges: number[][] = []
  let before: (typeof wanted)[number] | undefined
  for (const each of wanted.sort((one, other) => one.from - other.from)) {
    const { from, to, anew } = each
    if (to < from) throw invalid(`the range ${from + 1} to ${to + 1} ends before it begins`)
    if (before !== undefined && from <= before.to)
      throw invalid(`the ranges ${before.from + 1} to ${before.to + 1} and ${from + 1} to ${to + 1} overlap`)
    before = each
    const range: number[] = []
    for (let position = from; position <= to; position++) if (!dropped.has(position)) range.push(position)
    if (range.length > (anew ? 0 : 1)) ranges.push(range)
  }
  return ranges
}

function inside(position: number, layers: number): number {
  if (position < layers) return position
  throw invalid(`there is no layer ${position + 1}: the image has ${layers === 1 ? 'one layer' : `${layers} layers`}`)
}

function readEdit(value: unknown, index: number): Edit {
  const problem = isRecord(value) ? editProblem(value) : 'it is not an object'
  if (problem === undefined) return value as Edit
  throw invalid(`edits[${index}]: ${escapeText(problem)}`)
}

const COUNTING = 'Layers are counted from the base: 1 first for people, 0 first in a plan’s JSON.'

function invalid(why: string, hint = COUNTING): ImageError {
  return new ImageError('PLAN_INVALID', { action: 'use the plan', why }, { hint })
}
