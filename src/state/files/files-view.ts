import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { targetText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { at } from '../../layer/changeset.ts'
import { displayPath, pathText } from '../../layer/file-path.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cutPath } from '../../line/text.ts'
import { chainStart } from '../../list/directory-chain.ts'
import { type FileTable, pathAt } from '../../list/file-table.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { MenuItem } from '../model/dialog.ts'
import { foldAt } from '../model/files.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import { soFarOf } from '../model/open-image.ts'
import { lazyRows } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { heldText } from '../reading/held-layers.ts'
import { FILES_COMMANDS, type FileRow, layersOf } from './files-commands.ts'
import { currentPath, placeCursor, refreshFiles } from './files-refresh.ts'
import { showFound } from './search-keys.ts'
import { deepDirectory, fileLine, filesHead, foldLine } from './tree-line.ts'

/** The tree of files. */
export const FILES_VIEW: View<FileRow, CommandsOf<'files'>> = {
  name: 'files',
  contexts: ['files', 'preview'],
  picks: true,
  title: state => ({ left: scopeTitle(state), right: amount(state) }),
  head: (state, width) => filesHead(state.slices.files, width),
  rows: (state, width) => {
    const { shown } = state.slices.files
    if (shown === undefined || shown.hits?.count === 0) return []
    return lazyRows(shown.rows.length, index => {
      const row = at(shown.rows, index)
      const fold = foldAt(shown, row)
      const line = fold === undefined ? fileLine(state, shown, row, width) : foldLine(state, shown, fold, width)
      return { line, subject: { shown, row } }
    })
  },
  empty: emptyText,
  commands: FILES_COMMANDS,
  receive: (state, action) => {
    if (action.type === 'analysed' && action.id === 'shown') return refreshFiles(state)
    if (action.type !== 'computed') return undefined
    if (action.answer.kind === 'files') return placeCursor(state, action.answer)
    if (action.answer.kind === 'search') return showFound(state, action.answer)
    return undefined
  },
  returned: state => (state.slices.files.shown?.stack === state.image?.analysis?.stack ? [state, []] : refreshFiles(state)),
  idle: ({ slices }, row) => {
    if (row === undefined) return slices.files.filter === undefined ? [...OF_A_LIST, 'files.filter'] : OF_A_LIST
    return row.row === 0 ? ['files.enter', 'files.mark'] : isFold(row) ? OF_ONE_ENTRY : []
  },
  previews: (_, under) => {
    if (under === undefined) return undefined
    const { shown, row } = under
    const about = isFold(under) ? (shown.table.parents[row] ?? 0) : row
    return { kind: 'path', stack: shown.stack, path: pathAt(shown.table, about), layers: layersOf(shown, about) }
  },
  copies: copiesOf,
  crumbs: state => {
    const path = currentPath(state)
    const layer = state.slices.files.scope === 'image' ? [] : [`layer ${(selectedLayer(state)?.position ?? 0) + 1}`]
    return path === undefined ? layer : [...layer, `/${displayPath(path)}`]
  },
}

/** Commands without a use where nothing is listed. A filter that keeps nothing can still be changed. */
const OF_A_LIST = ['files.enter', 'files.mark', 'files.search', 'files.sort'] as const

/** Commands that a fold has no use for until it is unfolded. */
const OF_ONE_ENTRY = ['files.mark', 'files.versions', 'files.save', 'files.page'] as const

function isFold({ shown, row }: FileRow): boolean {
  return foldAt(shown, row) !== undefined
}

function copiesOf(_: State, row: FileRow | undefined): readonly MenuItem[] {
  if (row === undefined || isFold(row)) return []
  const node = row.shown.table.node(row.row)
  const choice = (what: string, text: string): MenuItem => ({
    label: `${what}  ${escapeText(text)}`,
    command: 'copy',
    argument: `the ${what}\n${text}`,
  })
  return [
    choice('path', `/${pathText(node.path) ?? displayPath(node.path)}`),
    ...(node.sha256 === undefined ? [] : [choice('sha256', node.sha256)]),
    ...(node.target === undefined ? [] : [choice('link target', targetText(node.target))]),
  ]
}

/** `whole image`, `up to layer 3`, `layer 3`, with what narrows the list. */
function scopeTitle(state: State): Line {
  const { files } = state.slices
  const layer = (selectedLayer(state)?.position ?? 0) + 1
  const scope = { image: 'whole image', upto: `up to layer ${layer}`, layer: `layer ${layer} alone` }[files.scope]
  const row = files.shown?.rows[state.cursors.files.index]
  const around = files.shown === undefined || row === undefined ? undefined : deepDirectory(files.shown, row)
  return line(
    // Deep directories are drawn one below the other: the title says which one the cursor is in.
    span(around === undefined ? scope : cutPath(`/${displayPath(around)}/`, Math.max(16, Math.floor(state.size.columns * 0.3)))),
    span(files.scope === 'image' ? soFarOf(state.image, files.shown?.stack) : '', 'accent'),
    ...(files.hideUnchanged ? [span(' · changes only', 'modified')] : []),
    ...(files.filter === undefined ? [] : [span(` · filter ${escapeText(files.filter.text)}`, 'accent')]),
  )
}

function amount(state: State): Line {
  const { shown, search } = state.slices.files
  if (shown === undefined) return []
  const { table, hits } = shown
  if (search?.hits !== undefined) {
    const row = shown.rows[state.cursors.files.index] ?? 0
    return line(span(`${ordinal(search.hits.kept, table, row)}/${formatCount(search.hits.count)} found`, 'match'))
  }
  const total = formatCount(table.count - 1)
  const size = formatSize(table.sizes[0] ?? 0)
  if (hits === undefined) return line(span(`${total} ${total === '1' ? 'path' : 'paths'}  ${size}`, 'dim'))
  const sum = formatSize(hits.bytes)
  // One unit for both where it is the same.
  const [, figure = sum, unit = ''] = /^(.*) (\S+)$/.exec(sum) ?? []
  const alive = `${size.endsWith(` ${unit}`) ? figure : sum} of ${size}`
  const matched = hits.bytes === 0 && hits.removed > 0 ? `${formatSize(hits.removed)} removed` : alive
  return line(span(`${formatCount(hits.count)} of ${total} · ${matched}`, 'dim'))
}

/** Which of the found rows the cursor is on, of a chain the last; 0 when it is on none. */
function ordinal(kept: Uint8Array, table: FileTable, row: number): number {
  const start = chainStart(table, row)
  if (!kept.subarray(start, row + 1).some(each => each !== 0)) return 0
  let count = 0
  for (let each = 0; each <= row; each++) if (kept[each] !== 0) count++
  return count
}

function emptyText(state: State): string {
  const { image, slices } = state
  if (image === undefined) return ''
  const { scope, shown } = slices.files
  if (shown?.hits?.count === 0)
    return `No path matches “${escapeText(shown.hits.filter.text)}”${soFarOf(image, shown.stack)}. Esc shows all again.`
  const layer = selectedLayer(state)
  const progress = layer === undefined ? undefined : image.progress[layer.position]
  if (image.image.layers.length === 0) return 'This image has no layers.'
  if (scope !== 'image' && progress?.status === 'failed')
    return `Layer ${(layer?.position ?? 0) + 1} could not be read.\n${escapeText(progress.error.message)}`
  const failed = image.progress.findIndex(({ status }) => status === 'failed')
  if (failed !== -1 && (image.analysis?.layers ?? 0) <= failed) {
    return `Layer ${failed + 1} could not be read; the files above it are not known.`
  }
  return heldText(image) ?? 'Reading the layers…'
}
