import { LONGEST_NAME } from '../layer/file-path.ts'
import { NO_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Selection } from './selection.ts'

/** The sum of one part of a comparison; the parts of a table sum to `summary.delta.content`. */
export type Growth = { readonly delta: number; readonly rows: number }

/** Rows of a selection by a key of each; in small steps. */
function* growthBy<Key>({ rows, indexes }: Selection, keyOf: (row: number) => Key): Steps<ReadonlyMap<Key, Growth>> {
  const parts = new Map<Key, { delta: number; rows: number }>()
  for (const [index, row] of indexes.entries()) {
    if (index % STEP === 0) yield
    const key = keyOf(row)
    const part = parts.get(key) ?? { delta: 0, rows: 0 }
    part.delta += rows.delta(row)
    part.rows++
    parts.set(key, part)
  }
  return parts
}

/** By the layer that made the file what it is: B's of what B has, A's of what is gone. */
export function growthByLayer(selection: Selection): Steps<ReadonlyMap<string, Growth>> {
  const { rows } = selection
  return growthBy(selection, row => {
    const after = rows.nodeAfter(row)
    return after === undefined ? `a:${rows.nodeBefore(row)?.layer ?? 0}` : `b:${after.layer}`
  })
}

/** By the ending of the name, lower case, such as `.so`; empty for names without one. */
export function growthByExtension(selection: Selection): Steps<ReadonlyMap<string, Growth>> {
  const { rows } = selection
  return growthBy(selection, row => {
    const after = rows.after(row)
    const name = after === NO_PATH ? rows.a.tree.paths.name(rows.before(row)) : rows.b.tree.paths.name(after)
    return extensionOf(name)
  })
}

/** Endings longer than this are no endings. */
const LONGEST_EXTENSION = 12

function extensionOf(name: string): string {
  // `libc.so.6` is a library, whatever its version.
  const bare = name.slice(-LONGEST_NAME).replace(/(?:\.\d+)+$/, '')
  const dot = bare.lastIndexOf('.')
  const extension = dot <= 0 ? '' : bare.slice(dot).toLowerCase()
  return extension.length > LONGEST_EXTENSION || !/^\.[\w+-]+$/.test(extension) ? '' : extension
}
