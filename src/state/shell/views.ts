import { BROWSE_VIEW } from '../browse/browse-view.ts'
import { START_VIEW } from '../browse/start-view.ts'
import { COMPARE_VIEW } from '../compare/compare-view.ts'
import { DIFFERENCE_VIEW } from '../content/difference-view.ts'
import { BLOB_VIEW, CONFIG_VIEW, FILE_VIEW, MANIFEST_VIEW } from '../content/document-views.ts'
import { VERSIONS_VIEW } from '../content/versions-view.ts'
import { FILES_VIEW } from '../files/files-view.ts'
import { EXPLANATION_VIEW } from '../findings/explanation-view.ts'
import { FINDINGS_VIEW } from '../findings/findings-view.ts'
import { INDEX_VIEW } from '../index/index-view.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { CommandsOf, PlanCommand } from '../keys/keys.ts'
import type { ViewId } from '../keys/view-id.ts'
import { HISTORY_VIEW } from '../layers/history-view.ts'
import { IDS_VIEW } from '../layers/ids-view.ts'
import { LAYERS_VIEW } from '../layers/layers-view.ts'
import { MATRIX_VIEW } from '../layers/matrix-view.ts'
import { atStart, focusedView, type State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { PLAN_VIEW } from '../plan/plan-view.ts'
import { DETAILS_VIEW } from '../preview/details-view.ts'
import { BIGGEST_VIEW } from '../ranked/biggest-view.ts'
import { WASTE_VIEW } from '../ranked/waste-view.ts'
import { SERVING_VIEW } from '../serving/serving-view.ts'
import { SHARED_VIEW } from '../shared/shared-view.ts'
import { STORY_VIEW } from '../story/story-view.ts'
import { TREEMAP_VIEW } from '../treemap/treemap-view.ts'

/** Commands that a view has to answer: its own, and those of documents and plans. */
type Answers<Id extends ViewId> =
  | CommandsOf<Id>
  | (Id extends 'plan' ? PlanCommand : never)
  | (Id extends 'treemap' ? 'treemap' : never)
  | (Id extends DocumentId ? CommandsOf<'document'> : never)
  | (Id extends SearchedId ? CommandsOf<'rows'> : never)

/** Lists whose rows are searched by their text. */
type SearchedId = 'browse' | 'biggest' | 'waste'
type DocumentId = 'manifest' | 'config' | 'file' | 'blob'

/** Every view of the program, by its id. */
export const VIEWS: { readonly [Id in ViewId]: View<unknown, Answers<Id>> } = {
  start: START_VIEW,
  browse: BROWSE_VIEW,
  layers: LAYERS_VIEW,
  details: DETAILS_VIEW,
  files: FILES_VIEW,
  biggest: BIGGEST_VIEW,
  story: STORY_VIEW,
  waste: WASTE_VIEW,
  manifest: MANIFEST_VIEW,
  config: CONFIG_VIEW,
  history: HISTORY_VIEW,
  ids: IDS_VIEW,
  index: INDEX_VIEW,
  file: FILE_VIEW,
  versions: VERSIONS_VIEW,
  difference: DIFFERENCE_VIEW,
  blob: BLOB_VIEW,
  plan: PLAN_VIEW,
  compare: COMPARE_VIEW,
  shared: SHARED_VIEW,
  treemap: TREEMAP_VIEW,
  findings: FINDINGS_VIEW,
  explanation: EXPLANATION_VIEW,
  matrix: MATRIX_VIEW,
  serve: SERVING_VIEW,
}

/** Where keys are looked up now, nearest first. */
export function contextsOf(state: State): readonly KeyContext[] {
  const view = VIEWS[focusedView(state)]
  return [...view.contexts, 'list', ...(atStart(state) ? [] : (['image'] as const)), 'global']
}
