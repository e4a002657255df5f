import type { LayerPair } from '../../compare/align-layers.ts'
import type { TreeRow } from './compare-tree.ts'
import type { SummaryRow } from './summary-lines.ts'

/** The subject of a row of a comparison. */
export type CompareRow =
  | SummaryRow
  | TreeRow
  | { readonly kind: 'pair'; readonly pair: LayerPair }
  | { readonly kind: 'setting' /** Whether the line names a setting; the values stand below. */; readonly names: boolean }
  | { readonly kind: 'package' }
