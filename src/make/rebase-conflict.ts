import type { FilePath } from '../layer/file-path.ts'

/** A conflict of a rebase, found before anything is written. */
export type RebaseConflict =
  /** A file of the application hides one of the new base that is not the old base's; `database`: a package manager's. */
  | { readonly kind: 'shadowed'; readonly path: FilePath; readonly detail: string; readonly database: boolean }
  /** A removal whose target is gone, or that hides what is new. */
  | { readonly kind: 'removal'; readonly path: FilePath; readonly detail: string }
  /** A program or library that needs what the new base has no more. */
  | { readonly kind: 'library'; readonly path: FilePath; readonly detail: string }
  | { readonly kind: 'user'; readonly path: FilePath; readonly detail: string }
  /** A value of the config: taken from the new base, or changed on both sides. */
  | { readonly kind: 'config' | 'user'; readonly key: string; readonly detail: string }
