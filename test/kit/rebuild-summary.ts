import type { RebuildSummary } from '../../src/state/model/rebuild-summary.ts'

/** What a dry run came to that found nothing remarkable. */
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
