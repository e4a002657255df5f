import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { isListing } from '../../layer/reading.ts'
import { type Line, line, span } from '../../line/line.ts'
import { type RibbonPart, ribbon } from '../../line/ribbon.ts'
import { layerTint } from '../../line/tint.ts'
import { type OpenImage, readingAt, soFar } from '../model/open-image.ts'
import type { SummaryLayer } from '../model/rebuild-summary.ts'
import type { OpenPlan } from '../model/squash-plan.ts'
import type { State } from '../model/state.ts'
import { litterByLayer } from '../model/story.ts'
import { estimateLayers } from './plan-estimate.ts'

/** The sizes that the plan comes to at its destination, in bytes. */
export type PlanSum = {
  readonly before: number
  readonly after: number
  /** `estimated so far` until all layers are read. */
  readonly basis: 'measured' | 'estimated' | 'estimated so far'
  /** The destination holds layers as they are unpacked: compression does nothing there. */
  readonly isUnpacked: boolean
  /** Files are removed, and how much their layers shrink is not known before they are measured: `after` is without that. */
  readonly isWithoutRemovals: boolean
}

/** Destinations that hold tars: an archive as docker wrote it before 25, and what is loaded into an engine. */
const UNPACKED = /^(?:docker-archive|docker-daemon|podman):/

export function sumOf(image: OpenImage, open: OpenPlan): PlanSum {
  const exact = open.measured
  const before = exact?.before ?? sizeOfBlobs(image.image.layers)
  const after = exact?.after ?? estimateLayers(image, open.plan).reduce((sum, each) => sum + each.after, 0)
  const basis = exact !== undefined ? 'measured' : soFar(image) === '' ? 'estimated' : 'estimated so far'
  const isWithoutRemovals = exact === undefined && open.plan.edits.some(({ type }) => type === 'remove')
  const compressed: PlanSum = { before, after, basis, isUnpacked: false, isWithoutRemovals }
  const tars = image.image.layers.map(({ position }) => {
    const reading = readingAt(image, position)
    return reading === undefined || isListing(reading) ? undefined : reading.tarSize
  })
  if (!UNPACKED.test(open.destination) || tars.some(size => size === undefined) || (exact?.others.length ?? 0) > 0)
    return compressed
  const unpacked = tars.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  const saved = exact === undefined ? Math.round(unpacked * (1 - after / Math.max(1, before))) : exact.tarSaved
  return { before: unpacked, after: unpacked - saved, basis, isUnpacked: true, isWithoutRemovals }
}

/** `421 MB → 312 MB  −26 %   measured`; `421 MB → ~421 MB less removals`, of which a share would say nothing. */
export function sumLine({ before, after, basis, isWithoutRemovals }: PlanSum, running: string | undefined, ascii: boolean): Line {
  const percent = before === 0 ? 0 : Math.round(((after - before) / before) * 100)
  const sign = percent < 0 ? (ascii ? '-' : '−') : percent > 0 ? '+' : ''
  return line(
    span(formatSize(before), 'strong'),
    span(ascii ? ' -> ' : ' → ', 'dim'),
    span(`${basis === 'measured' ? '' : '~'}${formatSize(after)}`, 'strong'),
    isWithoutRemovals
      ? span(' less removals', 'dim')
      : span(`  ${sign}${Math.abs(percent)} %`, percent < 0 ? 'good' : percent > 0 ? 'warning' : 'dim'),
    span(`   ${running ?? basis}`, running === undefined ? 'dim' : 'accent'),
  )
}

const LABEL = 6
const FIGURES = 22

/** The layers now above those after, on one scale. */
export function planRibbons({ image, slices, settings: { ascii } }: State, width: number): readonly Line[] {
  const { plan } = slices
  if (image === undefined || plan === undefined) return [[], []]
  const layers = plan.measured?.layers ?? estimateLayers(image, plan.plan)
  const now = image.image.layers.map(({ blob }) => blob.size)
  const [before, after] = [sum(now), sum(layers.map(each => each.after))]
  const most = Math.max(1, before, after)
  const room = Math.max(4, width - LABEL - FIGURES)
  const cells = (bytes: number) => Math.round((room * bytes) / most)
  const row = (label: string, parts: readonly RibbonPart[], bytes: number, said: string, about = '') => {
    const used = Math.max(bytes > 0 ? 1 : 0, cells(bytes))
    const [, shades] = ribbon(parts, used, ascii)
    const figures = ` ${`${about}${formatSize(bytes)}`.padStart(8)}  ${said}`
    return line(span(label.padEnd(LABEL), 'dim'), ...(used === 0 ? [] : shades), ' '.repeat(room - used), span(figures))
  }
  const kept = layers.filter(({ action }) => action !== 'drop')
  return [
    row('now', nowParts(image, slices.story.findings), before, countOf(now.length, 'layer')),
    row('after', kept.map(afterPart), after, countOf(kept.length, 'layer'), plan.measured === undefined ? '~' : ''),
  ]
}

function nowParts(image: OpenImage, findings: State['slices']['story']['findings']): readonly RibbonPart[] {
  const litter = litterByLayer(findings)
  return image.image.layers.map(({ blob, position }) => {
    const shipped = Math.max(1, image.analysis?.shipped[position] ?? 1)
    const share = (bytes: number | undefined) => blob.size * Math.min(1, (bytes ?? 0) / shipped)
    const parts = { hidden: share(image.analysis?.hidden[position]), litter: share(litter.get(position)) }
    return { label: '', bytes: blob.size, ...parts, tint: layerTint(position) }
  })
}

function afterPart({ positions, after }: SummaryLayer): RibbonPart {
  return { label: '', bytes: after, hidden: 0, litter: 0, tint: layerTint(positions[0] ?? 0) }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
