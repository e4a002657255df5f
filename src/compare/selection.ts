import type { FilePath } from '../layer/file-path.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { type ChangeClass, type ClassMask, classesOf, EVERY_CLASS, maskOf } from './change-class.ts'
import { isOfLayers, type LayersOfBoth } from './layer-rows.ts'
import type { RowChange, TreeRows } from './tree-rows.ts'

/** The part of a comparison that a person wants to see. */
export type SelectionOptions = {
  /** Changes that every rebuild makes do not count: times, and the empty mount points that runtimes make. */
  readonly semantic?: boolean
  readonly ignore?: readonly ChangeClass[]
  /** Only these classes; all of them when it is empty or left out. */
  readonly only?: readonly ChangeClass[]
  /** Noise by its own name, such as `noise:gzip-mtime`. */
  readonly ignoreNoise?: readonly string[]
  readonly onlyNoise?: readonly string[]
  /** Only these paths and what lies below them. */
  readonly paths?: readonly FilePath[]
  /** Only what these layers made or removed. */
  readonly layers?: LayersOfBoth
}

/** Rows of a comparison that are left, in order, and how often each class was left out. */
export type Selection = {
  readonly rows: TreeRows
  readonly indexes: Uint32Array
  /** Which classes of a row count. */
  readonly kept: (row: number) => ClassMask
  readonly ignored: Readonly<Record<string, number>>
}

/** One path of a selection, as values. */
export type FileDifference = {
  readonly row: number
  readonly path: FilePath
  readonly change: RowChange
  readonly classes: readonly string[]
  readonly from: FilePath | undefined
  readonly before: TreeNode | undefined
  readonly after: TreeNode | undefined
  readonly delta: number
}

const SEMANTIC: ClassMask = maskOf('time')
const MOUNTS = new Set(['etc/hostname', 'etc/resolv.conf', 'etc/hosts'])
const ADDED_OR_REMOVED = maskOf('added', 'removed')
const NOISE = maskOf('noise')

/** The rows that are left, in small steps. */
export function* selectRows(rows: TreeRows, options: SelectionOptions = {}): Steps<Selection> {
  const classes = keptClasses(options)
  const isQuiet = quietNoise(options)
  const kept = (row: number) => classes & (isQuiet(rows.noise.get(row)) ? ~NOISE : EVERY_CLASS)
  const isInside = insideOf(options.paths ?? [])
  const { layers } = options
  const ignored: Record<string, number> = {}
  const count = (classes: readonly string[]) => {
    for (const each of classes) ignored[each] = (ignored[each] ?? 0) + 1
  }
  const indexes = new Uint32Array(rows.length)
  let length = 0
  for (let row = 0; row < rows.length; row++) {
    if (row % STEP === 0) yield
    const mask = rows.mask(row)
    if (mask === 0 || !isInside(rows, row) || (layers !== undefined && !isOfLayers(rows, row, layers))) continue
    const left = isMount(rows, row, options) ? 0 : mask & kept(row)
    if (left !== mask) count(namesOf(rows, row, mask & ~left))
    if (left !== 0) indexes[length++] = row
  }
  return { rows, indexes: indexes.subarray(0, length), kept, ignored }
}

/** One row of a selection. */
export function differenceAt(selection: Selection, index: number): FileDifference {
  const { rows, indexes } = selection
  const row = indexes[index]
  if (row === undefined) throw new RangeError(`row ${index} is outside a selection of ${indexes.length}`)
  const change = rows.change(row)
  const before = rows.nodeBefore(row)
  return {
    row,
    path: rows.path(row),
    change,
    classes: classesAt(selection, row),
    from: change === 'moved' ? before?.path : undefined,
    before,
    after: rows.nodeAfter(row),
    delta: rows.delta(row),
  }
}

export function* fileDifferences(selection: Selection): Generator<FileDifference> {
  for (let index = 0; index < selection.indexes.length; index++) yield differenceAt(selection, index)
}

/** The classes of a row that count; that it was added or removed is no class but its change. */
export function classesAt({ rows, kept }: Selection, row: number): readonly string[] {
  return namesOf(rows, row, rows.mask(row) & kept(row) & ~ADDED_OR_REMOVED)
}

/** Names of the classes, known noise by its own name. */
function namesOf(rows: TreeRows, row: number, mask: ClassMask): readonly string[] {
  return classesOf(mask).map(each => (each === 'noise' ? (rows.noise.get(row) ?? each) : each))
}

function keptClasses({ semantic = false, ignore = [], only = [], onlyNoise = [] }: SelectionOptions): ClassMask {
  const isLimited = only.length + onlyNoise.length > 0
  const wanted = isLimited ? maskOf(...only) | (onlyNoise.length > 0 ? NOISE : 0) : EVERY_CLASS
  return wanted & ~maskOf(...ignore) & (semantic ? ~SEMANTIC : EVERY_CLASS)
}

/** Whether a kind of noise is left out by its own name. */
function quietNoise({ only = [], ignoreNoise = [], onlyNoise = [] }: SelectionOptions): (name: string | undefined) => boolean {
  const [ignored, wanted] = [new Set(ignoreNoise), new Set(onlyNoise)]
  const isLimited = wanted.size > 0 && !only.includes('noise')
  return name => name !== undefined && (ignored.has(name) || (isLimited && !wanted.has(name)))
}

/** Runtimes mount these files: an empty one in the image is the same as none. */
function isMount(rows: TreeRows, row: number, { semantic = false }: SelectionOptions): boolean {
  if (!semantic || (rows.mask(row) & ADDED_OR_REMOVED) === 0) return false
  const node = rows.nodeAfter(row) ?? rows.nodeBefore(row)
  return node !== undefined && node.type === 'file' && node.size === 0 && MOUNTS.has(node.path)
}

function insideOf(paths: readonly FilePath[]): (rows: TreeRows, row: number) => boolean {
  if (paths.length === 0) return () => true
  const isBelow = (path: FilePath) => paths.some(each => each === '' || path === each || path.startsWith(`${each}/`))
  return (rows, row) => {
    if (isBelow(rows.path(row))) return true
    const from = rows.change(row) === 'moved' ? rows.nodeBefore(row)?.path : undefined
    return from !== undefined && isBelow(from)
  }
}
