import type { Line } from '../../line/line.ts'
import { line, span } from '../../line/line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { copyFix, fixCopies, isFixMarked, markFixes } from '../marks/fix-marks.ts'
import { pathCopies } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import type { View } from '../model/view.ts'
import { findingLines } from './finding-lines.ts'
import { goToFinding } from './finding-place.ts'

/** One finding explained: why it is one, what it must not be confused with, the fix, and where else it is described. */
export const EXPLANATION_VIEW: View<Line, CommandsOf<'explanation'>> = {
  name: 'explanation',
  contexts: ['explanation'],
  picks: false,
  title: ({ slices: { findings, marks } }) => ({
    left: line(span(findings.explained?.id ?? '')),
    right:
      findings.explained !== undefined && isFixMarked(marks, findings.explained)
        ? line(span('marked for the plan', 'accent'))
        : [],
  }),
  rows: ({ image, slices: { findings, story } }, width) =>
    findings.explained === undefined
      ? []
      : rowsOf(findingLines(findings.explained, story.texts.get(findings.explained.id), image, width), each => each),
  empty: () => 'No finding is chosen.',
  commands: {
    'explanation.enter': state =>
      state.slices.findings.explained === undefined ? [state, []] : goToFinding(state, state.slices.findings.explained),
    'explanation.mark': state => {
      const { explained } = state.slices.findings
      return explained === undefined ? [state, []] : markFixes(state, [explained])
    },
    'explanation.copy-fix': state => copyFix(state, state.slices.findings.explained),
  },
  copies: ({ slices: { findings } }) => [...fixCopies(findings.explained), ...pathCopies(findings.explained?.path ?? undefined)],
  crumbs: ({ slices: { findings } }) => ['findings', findings.explained?.id ?? ''],
}
