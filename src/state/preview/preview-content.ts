import { escapeText } from '../../escape.ts'
import { displayPath } from '../../layer/file-path.ts'
import { START } from '../../line/cursor.ts'
import { isZip, readZipDirectory, ZIP_TAIL } from '../../list/zip-directory.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { withBytes } from '../content/content-receive.ts'
import type { WorldAction } from '../model/action.ts'
import { type Content, startContent } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import { isSameSubject, type PreviewSlice, type PreviewSubject } from '../model/preview.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { nodeOf } from './path-rows.ts'

/** Bytes of a file that are read for its first lines. */
const FIRST_BYTES = 8 * 1024

/** The cursor has rested: the file under it is shown. */
export function showRested(state: State): Step<Effect> {
  const { wanted, subject } = state.slices.preview
  return wanted === undefined || isSameSubject(wanted, subject) ? [state, []] : showSubject(state, wanted)
}

/** Shows a subject now; the beginning of a file is asked for where that fetches nothing large. */
export function showSubject(state: State, subject: PreviewSubject): Step<Effect> {
  const node = subject.kind === 'path' ? nodeOf(subject) : undefined
  const content = node === undefined ? undefined : contentOf(node)
  const before = state.slices.preview
  if (content !== undefined && isSameSource(before.content, content)) {
    return [withSlice(state, 'preview', { ...before, wanted: subject, subject }), []]
  }
  const shown = withSlice(state, 'preview', { wanted: subject, subject, content, members: undefined })
  const next = isSameSubject(before.subject, subject) ? shown : withCursor(shown, 'details', START)
  return [next, content === undefined ? [] : [readPart(content, 0, Math.min(FIRST_BYTES, content.bytes.size))]]
}

/** More layers make another tree; the file may be the same. */
function isSameSource(one: Content | undefined, { source }: Content): boolean {
  return (
    one?.detected !== undefined &&
    one.source.kind === 'entry' &&
    source.kind === 'entry' &&
    one.source.layer === source.layer &&
    one.source.entry === source.entry
  )
}

function contentOf(node: TreeNode): Content | undefined {
  if (node.type !== 'file' || node.content === undefined || node.size === 0) return undefined
  const { layer, entry } = node.content
  const started = startContent({ kind: 'entry', image: 'shown', layer, entry }, `/${displayPath(node.path)}`, node.size, node)
  return { ...started, numbers: false }
}

function readPart({ source }: Content, offset: number, length: number): Effect {
  const { layer, entry } = source.kind === 'entry' ? source : { layer: 0, entry: 0 }
  return { type: 'read-file', image: 'shown', tag: 'preview', layer, entry, range: { offset, length }, near: true }
}

/** Bytes of the previewed file, or why they cannot be had. */
export function withContent(
  state: State,
  action: Extract<WorldAction, { type: 'content' | 'failed' }>,
): Step<Effect> | undefined {
  const { preview } = state.slices
  const { content } = preview
  if (action.tag !== 'preview' || content === undefined) return undefined
  const change = (changed: Partial<PreviewSlice>) => withSlice(state, 'preview', { ...preview, ...changed })
  if (action.type === 'failed') return [change({ content: { ...content, failed: escapeText(action.error.message) } }), []]
  const { bytes, offset, size } = action
  if (isZipTail(content)) return [change({ members: readZipDirectory(bytes, size) }), []]
  const known = recognised(withBytes(content, offset, bytes, size))
  if (!isZip(bytes)) return [change({ content: known }), []]
  const from = Math.max(0, size - ZIP_TAIL)
  return [change({ content: known }), [readPart(content, from, size - from)]]
}

/** The first bytes of a zip archive are there: its end is read next. */
function isZipTail({ detected, bytes }: Content): boolean {
  const [first] = bytes.parts
  return detected !== undefined && first !== undefined && isZip(first.bytes)
}

/** Documents are shown as they are written: a few lines of them are no tree. */
function recognised(content: Content): Content {
  return content.shape === 'json' ? { ...content, shape: 'text', wrap: false } : content
}
