import type { Descriptor } from '../../blob/descriptor.ts'

/** Where bytes that are looked at come from: an entry of a layer, or a blob. */
export type ContentSource =
  | { readonly kind: 'entry'; readonly layer: number; readonly entry: number }
  | { readonly kind: 'blob'; readonly blob: Descriptor }
