import type { Diagnostic } from '../error.ts'
import type { Changeset } from './changeset.ts'
import { ENTRY_TYPES } from './entry.ts'
import { displayPath, type FilePath } from './file-path.ts'

/** The bytes of entries' names, and what tells a whiteout's name from the name it hides. */
type Named = Pick<Changeset, 'length' | 'pathBytes' | 'pathEnds' | 'types'>

/** How many names are told. */
const TOLD = 3
const TYPE_BITS = 0x7f
const WHITEOUT = ENTRY_TYPES.indexOf('whiteout')
const OPAQUE = ENTRY_TYPES.indexOf('opaque')

/**
 * The diagnostic for a layer that has a name more than once, directories included: tar-split, with which docker and podman keep
 * layers, refuses it and does not say where (reports/paths-twice-in-a-layer). One pass, with a table of two integers an entry.
 */
export function repeatedNames(entries: Named): Diagnostic | undefined {
  // A power of two with room for as many again.
  const table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, entries.length * 2)))).fill(-1)
  const twice: number[] = []
  let count = 0
  for (let index = 0; index < entries.length; index++) {
    if (!isNew(entries, table, index)) {
      count++
      if (twice.length < TOLD) twice.push(index)
    }
  }
  if (count === 0) return undefined
  const names = twice.map(index => `/${displayPath(nameOf(entries, index))}`)
  const which = count === 1 ? '1 name is in the layer twice' : `${count} names are in the layer again`
  const message = `${which}, which docker and podman refuse ("duplicates of file paths not supported"): ${names.join(', ')}${count > TOLD ? ', …' : ''}`
  return { code: 'LAYER_NAME_REPEATED', severity: 'warning', message, path: names[0] ?? '/' }
}

/** Puts the entry into the table, unless one of its name is there. */
function isNew(entries: Named, table: Int32Array, index: number): boolean {
  const mask = table.length - 1
  for (let at = hashOf(entries, index) & mask; ; at = (at + 1) & mask) {
    const other = table[at] ?? -1
    if (other === -1) {
      table[at] = index
      return true
    }
    if (isSame(entries, index, other)) return false
  }
}

function start({ pathEnds }: Named, index: number): number {
  return index === 0 ? 0 : (pathEnds[index - 1] ?? 0)
}

function kindOf({ types }: Named, index: number): number {
  const type = (types[index] ?? 0) & TYPE_BITS
  return type === WHITEOUT || type === OPAQUE ? type : 0
}

/** FNV-1a over the name's bytes. */
function hashOf(entries: Named, index: number): number {
  let hash = 0x811c9dc5 ^ kindOf(entries, index)
  const end = entries.pathEnds[index] ?? 0
  for (let at = start(entries, index); at < end; at++) hash = Math.imul(hash ^ (entries.pathBytes[at] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

function isSame(entries: Named, a: number, b: number): boolean {
  const [fromA, fromB] = [start(entries, a), start(entries, b)]
  const length = (entries.pathEnds[a] ?? 0) - fromA
  if (length !== (entries.pathEnds[b] ?? 0) - fromB || kindOf(entries, a) !== kindOf(entries, b)) return false
  for (let at = 0; at < length; at++) if (entries.pathBytes[fromA + at] !== entries.pathBytes[fromB + at]) return false
  return true
}

function nameOf(entries: Named, index: number): FilePath {
  return Buffer.from(entries.pathBytes.subarray(start(entries, index), entries.pathEnds[index])).toString('latin1') as FilePath
}
