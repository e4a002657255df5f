import { START } from '../../line/cursor.ts'
import type { JsonDocument } from '../../list/json-document.ts'
import { type JsonRows, jsonRows, rowOfLine } from '../../list/json-rows.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Content } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import { type State, type Step, withCursor } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { Given, View } from '../model/view.ts'
import { askFind, endFind, findFirst, findNext } from './content-find.ts'
import { type JsonLine, jsonWidth } from './content-lines.ts'
import { needBytes } from './content-paging.ts'
import { laidOutAnew } from './content-place.ts'
import { shapesOf } from './content-receive.ts'
import { type ContentId, contentWidth, setContent } from './content-state.ts'
import { followLine } from './follow.ts'
import { openVersions } from './open-file.ts'
import { askSaveContent, pageContent } from './save-file.ts'

/** The commands of a view of bytes. */
export function contentCommands(id: ContentId): View<JsonLine, CommandsOf<'document'>>['commands'] {
  const bound = Object.entries(COMMANDS).map(([name, run]) => [
    name,
    (state: State, given: Given<JsonLine>) => {
      const content = state.slices[id]
      return content === undefined ? undefined : run(state, id, content, given)
    },
  ])
  return Object.fromEntries(bound) as View<JsonLine, CommandsOf<'document'>>['commands']
}

type Run = (state: State, id: ContentId, content: Content, given: Given<JsonLine>) => Step<Effect> | undefined

const COMMANDS: Readonly<Record<CommandsOf<'document'> | 'back', Run>> = {
  back: (state, id, { search }) => (search === undefined ? undefined : endFind(state, id)),
  'document.enter': (state, id, content, { row }) => foldOrFollow(state, id, content, row),
  'document.right': (state, id, content, { row }) =>
    content.shape === 'json' ? setFold(state, id, content, row, false) : shift(state, id, content, SHIFT),
  'document.left': (state, id, content, { row }) =>
    content.shape === 'json' ? setFold(state, id, content, row, true) : shift(state, id, content, -SHIFT),
  'document.shape': nextShape,
  'document.wrap': (state, id, content) =>
    needBytes(laidOutAnew(state, id, content, { ...content, wrap: !content.wrap, shift: 0 }), id),
  'document.numbers': (state, id, content) => [setContent(state, id, { ...content, numbers: !content.numbers }), []],
  'document.unfold': (state, id, content) => [setContent(state, id, { ...content, folded: new Set() }), []],
  'document.fold': foldAll,
  'document.search': (state, id, _, { argument: text }) => (text === undefined ? askFind(state, id) : findFirst(state, id, text)),
  'document.search-end': (state, id) => endFind(state, id),
  'document.next': (state, id) => findNext(state, id, 1),
  'document.previous': (state, id) => findNext(state, id, -1),
  'document.save': (state, _, content) => askSaveContent(state, content),
  'document.page': (state, _, content) => pageContent(state, content),
  'document.versions': (state, _, { node }) =>
    node === undefined ? note(state, 'Only files have versions.') : openVersions(state, node.path),
}

/** Cells that one key moves long lines. */
const SHIFT = 16

function shift(state: State, id: ContentId, content: Content, cells: number): Step<Effect> {
  if (content.shape !== 'text' || content.wrap) return [state, []]
  return [setContent(state, id, { ...content, shift: Math.max(0, content.shift + cells) }), []]
}

function nextShape(state: State, id: ContentId, content: Content): Step<Effect> {
  if (content.waits) return needBytes(setContent(state, id, { ...content, waits: false, shape: 'text' }), id)
  const shapes = shapesOf(content)
  const shape = shapes[(shapes.indexOf(content.shape) + 1) % shapes.length] ?? content.shape
  return needBytes(withCursor(setContent(state, id, { ...content, shape }), id, START), id)
}

function rowsOf(state: State, content: Content, json: JsonDocument, folded: Content['folded']): JsonRows {
  return jsonRows(json, folded, jsonWidth(content, contentWidth(state)))
}

function foldOrFollow(state: State, id: ContentId, content: Content, under: JsonLine): Step<Effect> | undefined {
  if (content.shape !== 'json' || content.json === undefined || under === undefined) return undefined
  const followed = followLine(state, content.json, under)
  if (followed !== undefined) return followed
  return setFold(state, id, content, under, !content.folded.has(under))
}

/** Folds what the line under the cursor opens; a line that opens nothing folds what it is in. */
function setFold(state: State, id: ContentId, content: Content, under: JsonLine, fold: boolean): Step<Effect> {
  const { json } = content
  if (json === undefined || under === undefined) return [state, []]
  const line = (json.closes[under] ?? 0) > 0 ? under : fold ? openerOf(json.closes, under) : undefined
  if (line === undefined) return [state, []]
  const folded = new Set(content.folded)
  if (fold) folded.add(line)
  else folded.delete(line)
  const index = rowOfLine(rowsOf(state, content, json, folded), line)
  return [withCursor(setContent(state, id, { ...content, folded }), id, { ...state.cursors[id], index }), []]
}

function openerOf(closes: Uint32Array, line: number): number | undefined {
  for (let each = line - 1; each >= 0; each--) if ((closes[each] ?? 0) >= line) return each
  return undefined
}

/** Everything below the outermost level is folded. */
function foldAll(state: State, id: ContentId, content: Content): Step<Effect> {
  const { json } = content
  if (json === undefined) return [state, []]
  const folded = new Set<number>()
  for (let line = 1; line < json.count; line++) if ((json.closes[line] ?? 0) > 0 && json.depths[line] === 1) folded.add(line)
  return [withCursor(setContent(state, id, { ...content, folded }), id, START), []]
}
