import { diffLines } from 'diff'
import type { TreeNode } from '../../overlay/tree.ts'

/** Two versions of a file that are compared; their bytes as they arrive. A side without the file is undefined, and empty. */
export type DifferenceSlice =
  | {
      readonly before: TreeNode | undefined
      readonly after: TreeNode | undefined
      /** Names of the sides, where they are two images. */
      readonly labels: { readonly before: string; readonly after: string } | undefined
      readonly bytes: { readonly before: Uint8Array | undefined; readonly after: Uint8Array | undefined }
      readonly lines: readonly DifferenceLine[] | undefined
      /** Facts for contents without lines, and above lines: parts of the file that differ. Escaped. */
      readonly facts: readonly string[]
      /** Why there are no lines. */
      readonly refused: string | undefined
      readonly wrap: boolean
      /** The searched text, lower case; empty where nothing is. */
      readonly search: string
    }
  | undefined

export type DifferenceLine = {
  readonly kind: 'same' | 'added' | 'removed' | 'gap'
  readonly text: string
  /** Number of the line in the older and the newer version, base 1. */
  readonly before: number | undefined
  readonly after: number | undefined
}

/** Larger texts are not compared line by line: it would keep keys waiting. */
export const DIFFERENCE_BYTES = 1024 * 1024
/** Larger files are not held: their digests and sizes are told, and the first byte that differs. */
export const FACTS_BYTES = 16 * 1024 * 1024
/** Unchanged lines shown around a change. */
const CONTEXT = 3
/** Changed lines beyond this are not looked for: such files have nothing in common that a person could read. */
const EDIT_LIMIT = 5000

/** The difference of two texts, line by line, long stretches that are the same left out; undefined when they differ too much. */
export function differenceLines(before: string, after: string): readonly DifferenceLine[] | undefined {
  const changes = diffLines(before, after, { maxEditLength: EDIT_LIMIT, timeout: 1000 })
  if (changes === undefined) return undefined
  const lines: DifferenceLine[] = []
  let [old, fresh] = [1, 1]
  for (const [index, { value, added, removed }] of changes.entries()) {
    const texts = value.replace(/\n$/, '').split('\n')
    if (added) for (const text of texts) lines.push({ kind: 'added', text, before: undefined, after: fresh++ })
    else if (removed) for (const text of texts) lines.push({ kind: 'removed', text, before: old++, after: undefined })
    else {
      const same = texts.map((text, offset) => ({ kind: 'same' as const, text, before: old + offset, after: fresh + offset }))
      lines.push(...shortened(same, index === 0, index === changes.length - 1))
      old += texts.length
      fresh += texts.length
    }
  }
  return lines
}

/** The first and the last few of lines that did not change. */
function shortened(same: readonly DifferenceLine[], first: boolean, last: boolean): readonly DifferenceLine[] {
  const [head, tail] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT]
  const hidden = same.length - head - tail
  if (hidden <= 1) return same
  const gap: DifferenceLine = { kind: 'gap', text: `${hidden} lines are the same`, before: undefined, after: undefined }
  return [...same.slice(0, head), gap, ...(tail === 0 ? [] : same.slice(-tail))]
}
