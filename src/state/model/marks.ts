import type { FilePath } from '../../layer/file-path.ts'
import type { Edit } from '../../rebuild/edit.ts'

/** Positions of layers, both ends included. */
export type LayerRange = { readonly from: number; readonly to: number }

/** The user's marks for a rebuild: ranges of layers to squash, and files and directories to remove. */
export type Marks = {
  /** In order, apart from each other; a range of one layer is a mark that waits for its other end. */
  readonly ranges: readonly LayerRange[]
  /** The layer marked last, from which a range is drawn; undefined once the range is complete. */
  readonly anchor: number | undefined
  readonly paths: ReadonlySet<FilePath>
  /** Fixes of findings, by their fingerprints. */
  readonly fixes: ReadonlyMap<string, readonly Edit[]>
}

export const NO_MARKS: Marks = { ranges: [], anchor: undefined, paths: new Set(), fixes: new Map() }

/**
 * Marks a layer, or takes the range it is in away. A layer next to the one marked just before continues that range, so that
 * marking layers one after the other gives one range.
 */
export function toggleLayer(marks: Marks, position: number): Marks {
  const found = rangeAt(marks, position)
  if (found !== undefined) return { ...marks, ranges: marks.ranges.filter(range => range !== found), anchor: undefined }
  const { anchor } = marks
  if (anchor !== undefined && Math.abs(anchor - position) === 1)
    return { ...withRange(marks, anchor, position), anchor: position }
  return { ...withRange(marks, position, position), anchor: position }
}

/** Marks everything between the layer marked last and this one; without one, it marks this one. */
export function extendLayers(marks: Marks, position: number): Marks {
  const anchor = marks.anchor ?? marks.ranges.find(({ from, to }) => from === to)?.from
  if (anchor === undefined || anchor === position) return { ...withRange(marks, position, position), anchor: position }
  return { ...withRange(marks, anchor, position), anchor: undefined }
}

export function togglePath(marks: Marks, path: FilePath): Marks {
  const paths = new Set(marks.paths)
  if (!paths.delete(path)) paths.add(path)
  return { ...marks, paths }
}

export function rangeAt({ ranges }: Marks, position: number): LayerRange | undefined {
  return ranges.find(({ from, to }) => from <= position && position <= to)
}

/** The ranges to squash: two single marks and nothing else are the two ends of one. Single marks beside ranges count for nothing. */
export function rangesToSquash({ ranges }: Marks): readonly LayerRange[] {
  const [first, second] = ranges
  const single = ({ from, to }: LayerRange) => from === to
  if (ranges.length === 2 && first !== undefined && second !== undefined && single(first) && single(second)) {
    return [{ from: first.from, to: second.to }]
  }
  return ranges.filter(range => !single(range))
}

/** Marks fixes, or takes them out where all of them are marked. */
export function toggleFixes(marks: Marks, found: readonly (readonly [fingerprint: string, edits: readonly Edit[]])[]): Marks {
  const fixes = new Map(marks.fixes)
  const isOn = found.every(([fingerprint]) => fixes.has(fingerprint))
  for (const [fingerprint, edits] of found) {
    if (isOn) fixes.delete(fingerprint)
    else fixes.set(fingerprint, edits)
  }
  return { ...marks, fixes }
}

export function isMarked({ ranges, paths, fixes }: Marks): boolean {
  return ranges.length > 0 || paths.size > 0 || fixes.size > 0
}

/** Adds the range between two layers; ranges that it touches become part of it. */
function withRange(marks: Marks, one: number, other: number): Marks {
  let [from, to] = [Math.min(one, other), Math.max(one, other)]
  const apart: LayerRange[] = []
  for (const range of marks.ranges) {
    if (range.to < from || range.from > to) apart.push(range)
    else [from, to] = [Math.min(from, range.from), Math.max(to, range.to)]
  }
  return { ...marks, ranges: [...apart, { from, to }].sort((a, b) => a.from - b.from) }
}
