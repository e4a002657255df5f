import type { RebuildSummary } from '../../../src/state/model/rebuild-summary.ts'

/** The summary of a dry run that found nothing remarkable. */
export const SUMMARY: RebuildSummary = {
  layers: [],
  others: [],
  before: 2,
  after: 1,
  tarSaved: 0,
  removed: [],
  lostSharing: 0,
  changed: true,
  warnings: [],
  result: undefined,
}
