import type { Comparison } from '../../compare/compare-images.ts'
import type { Selection } from '../../compare/selection.ts'
import { countOf, formatCount } from '../../format/count.ts'
import { formatCountDelta, formatDelta } from '../../format/delta.ts'
import { formatSize } from '../../format/size.ts'
import type { Paint } from '../run/paint.ts'

/** `peel diff --stat`: what differs in one line as git has it, the sizes, what an update pulls, and what that means. */
export function* statLines({ a, b, summary, files }: Comparison, paint: Paint): Generator<string> {
  yield paint('bold', statLine(summary, files))
  yield `compressed ${change(a.size, b.size, summary.delta.compressed)}`
  if (a.content !== null && b.content !== null) yield `content    ${change(a.content, b.content, b.content - a.content)}`
  if (a.entries !== null && b.entries !== null) {
    yield `paths      ${formatCount(a.entries)} → ${formatCount(b.entries)}, ${formatCountDelta(summary.delta.entries)}`
  }
  const { layers, bytes, bustedBytes } = summary.pull
  const busted = bustedBytes === 0 ? '' : `, ${formatSize(bustedBytes)} of it only because times differ`
  yield `pull       ${layers === 0 ? 'nothing' : `${countOf(layers, 'layer')}, ${formatSize(bytes)}${busted}`}`
  const ignored = Object.entries(summary.ignored).map(([name, count]) => `${name} ${countOf(count, 'time')}`)
  if (ignored.length > 0) yield `ignored    ${ignored.join(', ')}`
  const words = verdict(summary)
  if (words !== undefined) yield words
}

function verdict({ identical, recompressed, semantic }: Comparison['summary']): string | undefined {
  if (identical) return 'The same image.'
  if (recompressed) return 'The same content, recompressed.'
  return semantic ? 'The same but for what a rebuild changes: times, history, how layers are cut and compressed.' : undefined
}

/** `+12.3 MB −1.1 MB, 214 added, 17 removed, 33 changed (9 content, 21 owner, 3 mode)` */
function statLine({ added, removed, changed, moved, classes }: Comparison['summary'], files: Selection | undefined): string {
  let [more, less] = [0, 0]
  for (const row of files?.indexes ?? []) {
    const delta = files?.rows.delta(row) ?? 0
    if (delta > 0) more += delta
    else less -= delta
  }
  const counted = Object.entries(classes).filter(([name, count]) => count > 0 && name !== 'moved')
  const what = counted.length === 0 ? '' : ` (${counted.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ')})`
  const parts = [
    `+${formatSize(more)} −${formatSize(less)}`,
    `${formatCount(added)} added`,
    `${formatCount(removed)} removed`,
    `${formatCount(changed)} changed${what}`,
    ...(moved > 0 ? [`${formatCount(moved)} moved`] : []),
  ]
  return parts.join(', ')
}

function change(before: number, after: number, delta: number): string {
  return `${formatSize(before)} → ${formatSize(after)}, ${formatDelta(delta)}${before === 0 || delta === 0 ? '' : ` (${percent(delta / before)})`}`
}

function percent(share: number): string {
  const value = Math.abs(share * 100)
  return `${share < 0 ? '−' : '+'}${value < 10 ? value.toFixed(1) : Math.round(value)} %`
}
