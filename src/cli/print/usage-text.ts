import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { GrowthPoint } from '../../session/usage/growth.ts'
import type { PlaceUsage, TagUsage } from '../../session/usage/place-usage.ts'

/** `peel usage --json`. */
export function usageJson(
  { bytes, blobs, tags, selected, unreachable }: PlaceUsage,
  growth: readonly GrowthPoint[] = [],
): object {
  return {
    bytes,
    blobs,
    tags: tags.map(({ name, digest, created, bytes: size, exclusive }) => ({
      name,
      digest,
      created: created === undefined ? null : new Date(created).toISOString(),
      bytes: size,
      exclusive,
    })),
    selected: {
      tags: selected.tags.map(({ name }) => name),
      freed: selected.freed,
      exclusiveSum: selected.exclusiveSum,
    },
    unreachable: unreachable === undefined ? null : { blobs: unreachable.blobs.length, bytes: unreachable.bytes },
    growth: growth.map(({ time, bytes: held }) => ({ time: new Date(time).toISOString(), bytes: held })),
  }
}

/** A table of tags, the most bytes of their own first, and what the selection frees. */
export function usageLines(usage: PlaceUsage): readonly string[] {
  const { bytes, blobs, tags, selected, unreachable, untagged } = usage
  const chosen = new Set(selected.tags)
  const rows = [...tags].sort((a, b) => b.exclusive - a.exclusive || b.bytes - a.bytes)
  const width = rows.reduce((most, { name }) => Math.max(most, escapeText(name).length), 'TAG'.length)
  return [
    `${formatSize(bytes)} in ${blobs} ${blobs === 1 ? 'blob' : 'blobs'}, ${countText(tags)}`,
    ...(rows.length === 0
      ? []
      : ['', `  ${'TAG'.padEnd(width)}  CREATED     ${'BYTES'.padStart(9)}  ${'OF ITS OWN'.padStart(10)}`]),
    ...rows.map(tag => `${chosen.has(tag) ? '*' : ' '} ${tagRow(tag, width)}`),
    '',
    ...(selected.tags.length === 0 ? [] : [selectedLine(usage)]),
    ...(unreachable === undefined ? [] : [unreachableLine(unreachable)]),
    ...(untagged === 0 ? [] : [`${untagged} ${untagged === 1 ? 'image' : 'images'} without a tag; --untagged selects them.`]),
    ...(unreachable === undefined ? ['Untagged images are not visible by this place.'] : []),
  ]
}

/** `3 tags, 2 images without one` */
function countText(all: readonly TagUsage[]): string {
  const tags = all.filter(({ isUntagged }) => isUntagged !== true).length
  const untagged = all.length - tags
  const more = untagged === 0 ? '' : `, ${untagged} ${untagged === 1 ? 'image' : 'images'} without one`
  return `${tags} ${tags === 1 ? 'tag' : 'tags'}${more}`
}

function tagRow({ name, created, bytes, exclusive }: TagUsage, width: number): string {
  const date = created === undefined ? 'unknown' : new Date(created).toISOString().slice(0, 10)
  return `${escapeText(name).padEnd(width)}  ${date.padEnd(10)}  ${formatSize(bytes).padStart(9)}  ${formatSize(exclusive).padStart(10)}`
}

function selectedLine({ selected: { tags, freed, exclusiveSum, blobs } }: PlaceUsage): string {
  const shared = freed - exclusiveSum
  const more = shared > 0 ? `, ${formatSize(shared)} of it shared among them` : ''
  return `Selected (*): ${countText(tags)}; deleting frees ${formatSize(freed)} in ${blobs.length} blobs${more}`
}

function unreachableLine({ blobs, bytes }: NonNullable<PlaceUsage['unreachable']>): string {
  return blobs.length === 0
    ? 'Nothing is unreachable.'
    : `Unreachable: ${formatSize(bytes)} in ${blobs.length} ${blobs.length === 1 ? 'blob' : 'blobs'} that no tag leads to`
}
