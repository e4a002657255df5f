import type { EntryType } from './entry.ts'
import { baseName, type FilePath, joinPath, parentPath } from './file-path.ts'

/** The meaning of a name beside being a name (image-spec layer.md#whiteouts, semantics.md). */
export type Mark =
  | { readonly kind: 'ordinary' | 'bookkeeping' | 'invalid' }
  /** `path` is the path that is removed, or the directory that is emptied. */
  | { readonly kind: Extract<EntryType, 'whiteout' | 'opaque'>; readonly path: FilePath }

/**
 * Only a basename that *begins* with `.wh.` is a mark; `x.wh.y` is a file. `.wh..wh.opq` hides a sibling `.wh.opq`,
 * `.wh..wh..opqX` one called `.wh..opqX`: nothing but the exact opaque name is opaque.
 */
export function markOf(path: FilePath): Mark {
  if (!path.includes(PREFIX)) return ORDINARY
  if (AUFS.test(path)) return BOOKKEEPING
  const name = baseName(path)
  if (!name.startsWith(PREFIX)) return ORDINARY
  const parent = parentPath(path)
  if (name === OPAQUE) return { kind: 'opaque', path: parent }
  const removed = name.slice(PREFIX.length)
  if (removed === '' || removed === '.' || removed === '..') return INVALID
  return { kind: 'whiteout', path: joinPath(parent, removed) }
}

const PREFIX = '.wh.'
const OPAQUE = '.wh..wh..opq'
/** aufs keeps its own files at the root of a branch; docker's first storage driver put them into layers. */
const AUFS = /^\.wh\.\.wh\.(?:aufs|plnk|orph)(?:\/|$)/

/** Files that steer the prefetching of an eStargz layer. */
export const ESTARGZ_LANDMARKS: ReadonlySet<string> = new Set(['.prefetch.landmark', '.no.prefetch.landmark'])

const ORDINARY: Mark = { kind: 'ordinary' }
const BOOKKEEPING: Mark = { kind: 'bookkeeping' }
const INVALID: Mark = { kind: 'invalid' }
