import { missingIn, pageAt } from '../../list/content-bytes.ts'
import { type Content, hexBytes } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import { rowBytes, textRows } from './content-lines.ts'
import { type ContentId, contentWidth } from './content-state.ts'

/** Asks for the bytes that the rows around the cursor need and that are not there. */
export function needBytes(state: State, id: ContentId): Step<Effect> {
  const content = state.slices[id]
  if (content === undefined || content.waits || content.failed !== undefined || content.bytes.size === 0) return [state, []]
  const { top, index } = state.cursors[id]
  const from = Math.min(top, index)
  const missing = missingFor(content, from, Math.max(from, index) + state.size.rows, contentWidth(state))
  return missing === undefined ? [state, []] : [state, [readAt(content, id, missing)]]
}

/** The effect that reads the page around an offset. */
export function readAt({ source, bytes, pagesOf }: Content, id: ContentId, offset: number): Effect {
  const range = pageAt(bytes.size, offset)
  if (pagesOf !== undefined) return { type: 'read-blob', image: source.image, tag: id, blob: pagesOf, range }
  return source.kind === 'entry'
    ? { type: 'read-file', image: source.image, tag: id, layer: source.layer, entry: source.entry, range }
    : { type: 'read-blob', image: source.image, tag: id, blob: source.blob, range }
}

function missingFor(content: Content, from: number, to: number, width: number): number | undefined {
  if (content.detected === undefined) return 0
  if (content.shape === 'hex') return missingIn(content.bytes, from * hexBytes(width), to * hexBytes(width))
  if (content.shape !== 'text') return undefined
  const rows = textRows(content, width)
  if (to >= rows.count && rows.scanned < content.bytes.size) return rows.scanned
  return missingIn(content.bytes, rows.starts[from] ?? 0, rowBytes(rows, Math.min(to, rows.count) - 1).to)
}
