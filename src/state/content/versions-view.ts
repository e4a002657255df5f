import { modeText, timeText } from '../../format/file-text.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { type Line, line, type Role, span } from '../../line/line.ts'
import { padEnd, padStart } from '../../line/text.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { soFar } from '../model/open-image.ts'
import { pathCopies } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { type Version, versionsOf } from '../model/versions.ts'
import type { View } from '../model/view.ts'
import { openDifference } from './open-difference.ts'
import { openFile } from './open-file.ts'
import { askSave, pageFile } from './save-file.ts'

/** The versions of one path, layer by layer: look at any version, or at the difference of two. */
export const VERSIONS_VIEW: View<Version, CommandsOf<'versions'>> = {
  name: 'versions',
  contexts: ['versions'],
  picks: true,
  title: ({ image, slices }) => ({
    left: line(span(slices.versions === undefined ? '' : `/${displayPath(slices.versions.path)}`)),
    right: line(span('through the layers', 'dim'), span(soFar(image), 'accent')),
  }),
  head: (_, width) =>
    line(span(`  layer       size  mode       owner     ${width >= TIME_FROM ? 'modified          ' : ''}what happened`)),
  rows: (state, width) => {
    const all = versions(state)
    return rowsOf(all, (each, index) => versionLine(state, each, index, width, all[index - 1]))
  },
  madeOf: ({ image, slices }) => [image?.analysis?.stack, slices.versions],
  empty: ({ image }) => `No layer has written this path${soFar(image)}.`,
  commands: {
    'versions.enter': (state, { row }) => onNode(state, row, node => openFile(state, node)),
    'versions.mark': mark,
    'versions.difference': difference,
    /** The first `=` marks a version, the second compares: as with images and layers. */
    compare: state => (state.slices.versions?.marked === undefined ? mark(state) : difference(state)),
    'versions.save': (state, { row }) => onNode(state, row, (node, layer) => askSave(state, node, layer + 1)),
    'versions.page': (state, { row }) => onNode(state, row, node => pageFile(state, node)),
  },
  previews: ({ image, slices }, row) => {
    const stack = image?.analysis?.stack
    if (row === undefined || stack === undefined || slices.versions === undefined) return undefined
    if (row.node === undefined) return { kind: 'layer', layer: row.layer }
    return { kind: 'path', stack, path: slices.versions.path, layers: row.layer + 1 }
  },
  copies: ({ slices }, row) => versionCopies(slices.versions?.path, row),
  crumbs: ({ slices }) => (slices.versions === undefined ? [] : [`/${displayPath(slices.versions.path)}`, 'versions']),
}

function versionCopies(path: FilePath | undefined, row: Version | undefined): readonly MenuItem[] {
  const { sha256 } = row?.node ?? {}
  const hash =
    sha256 === undefined ? [] : [{ label: `sha256  ${sha256}`, command: 'copy', argument: `the sha256\n${sha256}` } as const]
  return [...pathCopies(path), ...hash]
}

function versions(state: State): readonly Version[] {
  const stack = state.image?.analysis?.stack
  const path = state.slices.versions?.path
  return stack === undefined || path === undefined ? [] : versionsOf(stack, path)
}

function onNode(
  state: State,
  version: Version | undefined,
  act: (node: NonNullable<Version['node']>, layer: number) => Step<Effect>,
): Step<Effect> {
  if (version?.node === undefined) return note(state, 'There is no file after this layer.')
  return act(version.node, version.layer)
}

function mark(state: State): Step<Effect> {
  const { index } = state.cursors.versions
  const { versions: slice } = state.slices
  if (slice === undefined) return [state, []]
  return [withSlice(state, 'versions', { ...slice, marked: slice.marked === index ? undefined : index }), []]
}

/** The marked version and the one under the cursor; without a mark, the one before, or for the first of them the next. */
function difference(state: State): Step<Effect> {
  const all = versions(state)
  const { index } = state.cursors.versions
  const isFile = ({ node }: Version) => node?.type === 'file'
  const earlier = all.slice(0, index).findLastIndex(isFile)
  const marked =
    state.slices.versions?.marked ?? (earlier === -1 ? all.findIndex((each, at) => at > index && isFile(each)) : earlier)
  const [before, after] = [all[Math.min(marked, index)]?.node, all[Math.max(marked, index)]?.node]
  if (marked === index || before === undefined || after === undefined || before.type !== 'file' || after.type !== 'file') {
    return note(state, 'Two versions with content are needed: mark one with =, go to the other and press = again.')
  }
  const notes = [before, after].map(({ layer }) => layerNote(state, layer))
  return openDifference(state, before, after, { before: 'shown', after: 'shown', notes })
}

/** `layer 2  COPY . /app`: the command that wrote a version. */
function layerNote({ image }: State, layer: number): string {
  const step = image?.image.steps.find(each => each.layer === layer)
  return `layer ${layer + 1}  ${commandText(step?.history)}`
}

/** From this width on the time has a column. */
const TIME_FROM = 92

const EVENTS: Readonly<Record<Version['event'], { readonly word: string; readonly role: Role }>> = {
  written: { word: 'added', role: 'added' },
  removed: { word: 'removed', role: 'removed' },
  opaque: { word: 'removed with everything in its directory', role: 'removed' },
  implied: { word: 'made on the way', role: 'dim' },
}

/** The event in words, from the version below: a layer may ship a path again just as it was. */
function wordsOf({ event, changed }: Version, below: Version | undefined): { readonly word: string; readonly role: Role } {
  if (changed.length > 0) return { word: `${changed.join(', ')} changed`, role: 'modified' }
  return event === 'written' && below?.node !== undefined ? { word: 'shipped again as it was', role: 'dim' } : EVENTS[event]
}

function versionLine(state: State, version: Version, index: number, width: number, below: Version | undefined): Line {
  const { layer, node, hidden } = version
  const marked = state.slices.versions?.marked === index
  const { word, role } = wordsOf(version, below)
  return line(
    span(marked ? '* ' : '  ', 'accent'),
    span(padStart(String(layer + 1), 5)),
    span(padStart(node === undefined || node.type === 'directory' ? '·' : formatSize(node.size), 11), 'number'),
    span(`  ${padEnd(node === undefined ? '' : modeText(node.type, node.mode), 10)}`),
    span(` ${padEnd(node === undefined ? '' : `${node.uid}:${node.gid}`, 9)}`),
    span(width >= TIME_FROM ? ` ${padEnd(timeText(node?.mtime), 16)}  ` : ' ', 'dim'),
    span(word, role),
    ...(hidden ? [span('  hidden above, still shipped', 'waste')] : []),
  )
}
