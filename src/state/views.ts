import { BIGGEST_VIEW } from './biggest-view.ts'
import { BROWSE_VIEW } from './browse-view.ts'
import { DETAILS_VIEW } from './details-view.ts'
import { DIFFERENCE_VIEW } from './difference-view.ts'
import { BLOB_VIEW, CONFIG_VIEW, FILE_VIEW, MANIFEST_VIEW } from './document-views.ts'
import { FILES_VIEW } from './files-view.ts'
import { HISTORY_VIEW } from './history-view.ts'
import { IDS_VIEW } from './ids-view.ts'
import { INDEX_VIEW } from './index-view.ts'
import { LAYERS_VIEW } from './layers-view.ts'
import { PLAN_VIEW } from './plan-view.ts'
import { START_VIEW } from './start-view.ts'
import { VERSIONS_VIEW } from './versions-view.ts'
import type { View } from './view.ts'
import type { ViewId } from './view-id.ts'
import { WASTE_VIEW } from './waste-view.ts'

/** Every view of the program, by its id. */
export const VIEWS: { readonly [Id in ViewId]: View } = {
  start: START_VIEW,
  browse: BROWSE_VIEW,
  layers: LAYERS_VIEW,
  details: DETAILS_VIEW,
  files: FILES_VIEW,
  biggest: BIGGEST_VIEW,
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
}
