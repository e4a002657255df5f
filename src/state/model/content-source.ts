import type { Descriptor } from '../../blob/descriptor.ts'
import type { ImageId } from './open-image.ts'

/** Where bytes that are looked at come from: an entry of a layer, or a blob, of one of the open images. */
export type ContentSource =
  | { readonly kind: 'entry'; readonly image: ImageId; readonly layer: number; readonly entry: number }
  | { readonly kind: 'blob'; readonly image: ImageId; readonly blob: Descriptor }
