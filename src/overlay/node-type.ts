import type { EntryType } from '../layer/entry.ts'

/** Types a file of the merged tree can have: hard links have become inodes, whiteouts have acted. */
export type NodeType = Exclude<EntryType, 'hardlink' | 'whiteout' | 'opaque'>
