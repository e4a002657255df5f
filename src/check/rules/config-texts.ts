import type { RuleText } from '../rule.ts'

/** Faults of the file that holds exceptions: one without an owner outlives its reason. */
export const IGNORE_WITHOUT_REASON: RuleText = {
  id: 'config/ignore-without-reason',
  severity: 'warning',
  title: 'An exception does not say why',
  matches: 'An entry of "ignore" in .peel.yaml without a reason',
  mustNotMatch: 'Exceptions of the command line (--ignore)',
  fix: { other: 'Add reason: "…" to the entry.' },
  references: [],
}

export const IGNORE_EXPIRED: RuleText = {
  id: 'config/ignore-expired',
  severity: 'warning',
  title: 'An exception has expired',
  matches: 'An entry of "ignore" whose "until" lies in the past: its findings are told again',
  mustNotMatch: 'The day itself',
  fix: { other: 'Mend what it ignores, or decide anew and move the date.' },
  references: [],
}

export const IGNORE_STALE: RuleText = {
  id: 'config/ignore-stale',
  severity: 'info',
  title: 'An exception matches nothing',
  matches: 'An entry of "ignore" that no finding of this image matches',
  mustNotMatch: 'Expired ones, which are told as such',
  fix: { other: 'Take the entry out.' },
  references: [],
}

export const CONFIG_TEXTS: readonly RuleText[] = [IGNORE_WITHOUT_REASON, IGNORE_EXPIRED, IGNORE_STALE]
