import type { LineEdits, LineRun } from './line-edits.ts'
import { endsInNewline, lineText, type TextLines } from './text-lines.ts'

/** Unchanged lines around a change. */
const CONTEXT = 3

/** Lines of a unified diff, the heads first. A side without a path is not there: it is /dev/null. */
export function patchLines(edits: LineEdits, before: string | undefined, after: string | undefined): readonly string[] {
  const heads = [
    `--- ${before === undefined ? '/dev/null' : `a/${before}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${after}`}`,
  ]
  return [...heads, ...hunksOf(edits.runs).flatMap(hunk => hunkLines(edits, hunk))]
}

/** Runs of changes with what is the same between them, where it is so little that their contexts meet. */
function hunksOf(runs: readonly LineRun[]): readonly (readonly LineRun[])[] {
  const hunks: LineRun[][] = []
  let open: LineRun[] | undefined
  for (const [index, run] of runs.entries()) {
    const isSame = run.kind === 'same'
    if (open === undefined) {
      if (isSame) continue
      const above = runs[index - 1]
      open = above === undefined ? [run] : [lastOf(above), run]
      hunks.push(open)
    } else if (!isSame || (run.count <= 2 * CONTEXT && index < runs.length - 1)) open.push(run)
    else {
      open.push({ ...run, count: Math.min(run.count, CONTEXT) })
      open = undefined
    }
  }
  return hunks
}

function lastOf({ kind, before, after, count }: LineRun): LineRun {
  const left = Math.max(0, count - CONTEXT)
  return { kind, before: before + left, after: after + left, count: count - left }
}

const MARKS = { same: ' ', removed: '-', added: '+' } as const

function hunkLines({ before, after }: LineEdits, runs: readonly LineRun[]): readonly string[] {
  const lengthOf = (other: LineRun['kind']) => runs.reduce((sum, { kind, count }) => (kind === other ? sum : sum + count), 0)
  const [first] = runs
  // Of no lines the one above is named.
  const range = (above: number, length: number) => `${length === 0 ? above : above + 1},${length}`
  const head = `@@ -${range(first?.before ?? 0, lengthOf('added'))} +${range(first?.after ?? 0, lengthOf('removed'))} @@`
  return [
    head,
    ...runs.flatMap(({ kind, ...run }) => {
      const [lines, from]: [TextLines, number] = kind === 'added' ? [after, run.after] : [before, run.before]
      return Array.from({ length: run.count }, (_, index) => from + index).flatMap(line => {
        const text = `${MARKS[kind]}${lineText(lines, line)}`
        return endsInNewline(lines, line) ? [text] : [text, '\\ No newline at end of file']
      })
    }),
  ]
}
