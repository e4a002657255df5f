import type { FilePath } from '../../layer/file-path.ts'
import type { ContentSource } from './content-source.ts'
import type { ImageId } from './open-image.ts'

/** What is to be saved once a destination is typed. */
export type SaveSlice =
  | { readonly kind: 'tree'; readonly image: ImageId; readonly path: FilePath; readonly layers: number }
  | ContentSource
  | undefined
