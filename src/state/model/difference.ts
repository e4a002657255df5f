import type { LineEdits, LineRun } from '../../compare/content/line-edits.ts'
import { lineText } from '../../compare/content/text-lines.ts'
import { STEP, type Steps } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { ImageId } from './open-image.ts'

/** Two versions of a file that are compared; their bytes as they arrive. A side without the file is undefined, and empty. */
export type DifferenceSlice =
  | {
      readonly before: TreeNode | undefined
      readonly after: TreeNode | undefined
      /** Names of the sides, where they are two images. */
      readonly labels: { readonly before: string; readonly after: string } | undefined
      /** The open images they are read from. */
      readonly from: { readonly before: ImageId; readonly after: ImageId }
      readonly bytes: { readonly before: Uint8Array | undefined; readonly after: Uint8Array | undefined }
      /** Undefined until both contents are compared; empty where they have none to compare. */
      readonly lines: readonly DifferenceLine[] | undefined
      readonly edits: LineEdits | undefined
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

/** Larger texts are not compared line by line. */
export const DIFFERENCE_BYTES = 1024 * 1024
/** Larger files are not held: their digests and sizes are told, and the first byte that differs. */
export const FACTS_BYTES = 16 * 1024 * 1024
/** Unchanged lines shown around a change. */
const CONTEXT = 3

/** The difference of two texts, line by line, long stretches that are the same left out; in small steps. */
export function* differenceLines({ before, after, runs }: LineEdits): Steps<readonly DifferenceLine[]> {
  const lines: DifferenceLine[] = []
  for (const [index, run] of runs.entries()) {
    const [head, tail, hidden] = shownOf(run, index === 0, index === runs.length - 1)
    for (let offset = 0; offset < run.count; offset++) {
      if (lines.length % STEP === 0) yield
      if (hidden > 0 && offset === head) {
        lines.push({ kind: 'gap', text: `${hidden} lines are the same`, before: undefined, after: undefined })
        offset = run.count - tail
        if (tail === 0) break
      }
      const [mine, theirs] = [run.before + offset, run.after + offset]
      const text = run.kind === 'added' ? lineText(after, theirs) : lineText(before, mine)
      const numbers = {
        before: run.kind === 'added' ? undefined : mine + 1,
        after: run.kind === 'removed' ? undefined : theirs + 1,
      }
      lines.push({ kind: run.kind, text, ...numbers })
    }
  }
  return lines
}

/** Lines that are shown at the beginning and at the end of a run, and how many between them are not. */
function shownOf({ kind, count }: LineRun, first: boolean, last: boolean): readonly [head: number, tail: number, hidden: number] {
  const [head, tail] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT]
  const hidden = count - head - tail
  return kind !== 'same' || hidden <= 1 ? [count, 0, 0] : [head, tail, hidden]
}
