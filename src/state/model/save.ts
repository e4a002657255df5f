import type { FilePath } from '../../layer/file-path.ts'
import type { ContentSource } from './content-source.ts'

/** What is to be saved once a destination is typed. */
export type SaveSlice = { readonly kind: 'tree'; readonly path: FilePath; readonly layers: number } | ContentSource | undefined
