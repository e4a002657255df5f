import type { Finding } from '../../check/finding.ts'
import { editsFor } from '../../check/fixes.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { type Marks, toggleFixes } from '../model/marks.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** Space on findings: marks their fixes for the plan, or takes them out where all of them are marked. */
export function markFixes(state: State, findings: readonly Finding[]): Step<Effect> {
  const mended = findings.filter(finding => editsFor(finding).length > 0)
  const [first] = findings
  if (first === undefined) return [state, []]
  if (mended.length === 0) return note(state, `No rebuild mends it: ${first.fix}`)
  const marks = toggleFixes(
    state.slices.marks,
    mended.map(finding => [finding.fingerprint, editsFor(finding)]),
  )
  const next = withSlice(state, 'marks', marks)
  const left = findings.length - mended.length
  return left === 0 ? [next, []] : note(next, `${left} of ${findings.length} are left: no rebuild mends them.`)
}

/** Whether the plan will have the finding's fix. */
export function isFixMarked({ fixes }: Marks, { fingerprint }: Finding): boolean {
  return fixes.has(fingerprint)
}

/** The finding's fix for the copy menu. */
export function fixCopies(finding: Finding | undefined): readonly MenuItem[] {
  return finding === undefined ? [] : [{ label: `fix  ${finding.fix}`, command: 'copy', argument: `the fix\n${finding.fix}` }]
}

/** Copies the finding's fix at once. */
export function copyFix(state: State, finding: Finding | undefined): Step<Effect> {
  return finding === undefined ? [state, []] : [state, [{ type: 'copy', text: finding.fix, what: 'the fix' }]]
}
