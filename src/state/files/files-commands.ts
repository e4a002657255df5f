import { parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { targetText } from '../../format/file-text.ts'
import { type FilePath, parentPath } from '../../layer/file-path.ts'
import { clickedSort, nextSort, reversedSort, sortNote } from '../../line/column-sort.ts'
import { chainStart } from '../../list/directory-chain.ts'
import { isEmptyRow } from '../../list/empty-rows.ts'
import { COLLAPSED, EXPANDED, isOpen, withRowOpen } from '../../list/file-rows.ts'
import { FILE_COLUMNS } from '../../list/file-sort.ts'
import { changeOf, hasChildren, pathAt } from '../../list/file-table.ts'
import { linkTarget } from '../../overlay/resolve.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { openFile, openVersions } from '../content/open-file.ts'
import { askSave, pageFile } from '../content/save-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { markPath } from '../marks/mark-commands.ts'
import type { Effect } from '../model/effect.ts'
import {
  expansionOf,
  FILE_COLUMN_SETS,
  type FIRST_FILES,
  foldAt,
  indexOnList,
  isFolding,
  type ShownFiles,
  withExpansion,
} from '../model/files.ts'
import { filterPrompt } from '../model/filter-prompt.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'
import { changeFiles, currentPath, revealPath, unfold, withFiles } from './files-refresh.ts'
import { askSearch, cancelSearch, complainInPrompt, endSearch, goFound, searchFiles } from './search-keys.ts'

/** A row of the tree: that of the table it lies in. */
export type FileRow = { readonly shown: ShownFiles; readonly row: number }

/** The commands of the files view. */
export const FILES_COMMANDS: View<FileRow, CommandsOf<'files'>>['commands'] = {
  'files.enter': (state, { row: under }) =>
    onRow(state, under, (shown, row) => (hasChildren(shown.table, row) ? toggle(state, shown, row) : view(state, shown, row))),
  'files.open': (state, { row: under }) => onRow(state, under, (shown, row) => openOrView(state, shown, row)),
  'files.close': (state, { row: under }) => (under === undefined ? [state, []] : closeOrParent(state, under.shown, under.row)),
  'files.expand-all': state => changeFiles(state, withExpansion(state.slices.files, EXPANDED)),
  'files.collapse-all': state => changeFiles(state, { ...withExpansion(state.slices.files, COLLAPSED), unfolded: new Set() }),
  'files.scope': state => changeFiles(state, { scope: NEXT_SCOPE[state.slices.files.scope] }),
  'files.sort': state => sorted(state, nextSort(FILE_COLUMNS, state.slices.files.sort)),
  'files.reverse': state => sorted(state, reversedSort(state.slices.files.sort)),
  'files.sort-by': (state, { argument: column }) => sorted(state, clickedSort(FILE_COLUMNS, state.slices.files.sort, column)),
  'files.columns': turnColumns,
  'files.unchanged': state => changeFiles(state, { hideUnchanged: !state.slices.files.hideUnchanged }),
  'files.filter': (state, { argument }) => filter(state, argument),
  'files.unfilter': state => changeFiles(state, { filter: undefined, filterExpansion: EXPANDED }),
  'files.search': (state, { argument: text }) => (text === undefined ? askSearch(state) : searchFiles(state, text, Date.now())),
  'files.search-cancel': cancelSearch,
  'files.next': state => goFound(state, 1),
  'files.previous': state => goFound(state, -1),
  'files.mark': (state, { row: under }) =>
    onRow(state, under, (shown, row) => markPath(state, 'files', pathAt(shown.table, row), shown.rows.length)),
  'files.versions': (state, { row: under }) => onRow(state, under, (shown, row) => openVersions(state, pathAt(shown.table, row))),
  'files.save': (state, { row: under }) =>
    onRow(state, under, (shown, row) => askSave(state, shown.table.node(row), layersOf(shown, row))),
  'files.page': (state, { row: under }) => onRow(state, under, (shown, row) => pageFile(state, shown.table.node(row))),
  /** Esc takes away what narrows the list, one thing after the other, before it leaves. */
  back: state => {
    const { search, filter: on } = state.slices.files
    if (search !== undefined) return endSearch(state)
    return on === undefined ? undefined : changeFiles(state, { filter: undefined, filterExpansion: EXPANDED })
  },
}

function turnColumns(state: State): Step<Effect> {
  const { files } = state.slices
  const columns = FILE_COLUMN_SETS[(FILE_COLUMN_SETS.indexOf(files.columns) + 1) % FILE_COLUMN_SETS.length] ?? 'size'
  return [withSlice(state, 'files', { ...files, columns }), []]
}

const NEXT_SCOPE = { image: 'upto', upto: 'layer', layer: 'image' } as const

/** Acts on the entry of a row. A fold is unfolded instead: the entry that is meant can be chosen then. */
function onRow(state: State, under: FileRow | undefined, act: (shown: ShownFiles, row: number) => Step<Effect>): Step<Effect> {
  if (under === undefined) return [state, []]
  const { shown, row } = under
  return foldAt(shown, row) === undefined ? act(shown, row) : unfold(state, pathAt(shown.table, row))
}

function toggle(state: State, shown: ShownFiles, row: number): Step<Effect> {
  return setOpen(state, shown, row, !isOpen(shown.table, row, expansionOf(state.slices.files)))
}

function openOrView(state: State, shown: ShownFiles, row: number): Step<Effect> {
  if (!hasChildren(shown.table, row)) return view(state, shown, row)
  if (!isOpen(shown.table, row, expansionOf(state.slices.files))) return setOpen(state, shown, row, true)
  const { index, top } = state.cursors.files
  return [withCursor(state, 'files', { index: Math.min(index + 1, shown.rows.length - 1), top }), []]
}

function closeOrParent(state: State, shown: ShownFiles, row: number): Step<Effect> {
  if (row === 0) return [state, []]
  if (isOpen(shown.table, row, expansionOf(state.slices.files))) return setOpen(state, shown, row, false)
  const parent = parentPath(pathAt(shown.table, chainStart(shown.table, row)))
  const { files } = state.slices
  // Empty entries that were unfolded are folded as the cursor leaves them.
  if (isFolding(files) && files.unfolded.has(parent) && isEmptyRow(shown.table, row)) {
    return changeFiles(state, { unfolded: without(files.unfolded, parent), place: parent })
  }
  return [withCursor(state, 'files', { ...state.cursors.files, index: indexOnList(shown, parent) }), []]
}

function without(unfolded: ReadonlySet<FilePath>, path: FilePath): ReadonlySet<FilePath> {
  return new Set([...unfolded].filter(each => each !== path))
}

function setOpen(state: State, shown: ShownFiles, row: number, open: boolean): Step<Effect> {
  if (row === 0) return [state, []]
  const { files } = state.slices
  const { table } = shown
  const unfolded = open ? files.unfolded : without(files.unfolded, pathAt(table, row))
  return changeFiles(state, { ...withExpansion(files, withRowOpen(table, row, expansionOf(files), open)), unfolded })
}

function sorted(state: State, sort: typeof FIRST_FILES.sort): Step<Effect> {
  const [next, effects] = changeFiles(state, { sort })
  const [noted, more] = note(remembering(next), sortNote(FILE_COLUMNS, sort))
  const saved = noted.settings === state.settings ? [] : [{ type: 'settings', settings: noted.settings } as const]
  return [noted, [...effects, ...saved, ...more]]
}

/** The order by size or by name is kept for the next run. */
function remembering(state: State): State {
  const { column } = state.slices.files.sort
  if ((column !== 'size' && column !== 'name') || state.settings.sort === column) return state
  return { ...state, settings: { ...state.settings, sort: column } }
}

function filter(state: State, text: string | undefined): Step<Effect> {
  const { files } = state.slices
  const before = files.filter?.text ?? ''
  if (text === undefined) return [{ ...state, dialog: filterPrompt('files', before) }, []]
  if (text === before) return [state, []]
  const parsed = parseFilter(text, Date.now())
  if (isFilterError(parsed)) return [complainInPrompt(state, parsed.message), []]
  const place = files.place ?? currentPath(state)
  const kept = withFiles(state, place === undefined ? {} : { place })
  return changeFiles(kept, { filter: parsed.groups.length === 0 ? undefined : parsed, filterExpansion: EXPANDED })
}

/** A symlink leads to what it names; a file is looked at. */
function view(state: State, shown: ShownFiles, row: number): Step<Effect> {
  const node = shown.table.node(row)
  return node.type === 'symlink' ? follow(state, shown, row, node) : openFile(state, node)
}

function follow(state: State, shown: ShownFiles, row: number, link: TreeNode): Step<Effect> {
  const found = linkTarget(shown.stack.snapshot(layersOf(shown, row)), link.path)
  const named = link.target === undefined ? 'nothing' : targetText(link.target)
  if (found === 'circle') return note(state, `The link leads to ${named}, and from there back to itself.`)
  if (found === undefined) return note(state, `The link leads to ${named}, which is not in this tree.`)
  return revealPath(jumpTo(state, { tab: 'files' }), found.path)
}

/** The number of layers that a row is saved from: of what was removed, those that still had it. */
export function layersOf({ table, stack }: ShownFiles, row: number): number {
  if (changeOf(table, row) === 'removed') return table.node(row).layer + 1
  return table.scope.kind === 'image' ? stack.changesets.length : table.scope.layer + 1
}
