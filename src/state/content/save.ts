import type { FilePath } from '../../layer/file-path.ts'

/** What is to be saved once a destination is typed. */
export type SaveSlice =
  | { readonly kind: 'tree'; readonly path: FilePath; readonly layers: number }
  | { readonly kind: 'entry'; readonly layer: number; readonly entry: number }
  | undefined
