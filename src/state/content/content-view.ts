import { shortDigest, splitDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, span } from '../../line/line.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { Command, CommandsOf } from '../keys/keys.ts'
import { type Content, hasBytes, isUnproven } from '../model/content.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { contentCommands } from './content-commands.ts'
import { continueSearch } from './content-find.ts'
import { contentRows, type JsonLine } from './content-lines.ts'
import { needBytes } from './content-paging.ts'
import { withBytes } from './content-receive.ts'
import { type ContentId, setContent } from './content-state.ts'

/** A view of bytes that are a document, a file or a blob: as text, JSON, hexadecimal or facts. */
export function contentView(
  id: ContentId,
  name: string,
  own: Partial<View<JsonLine, CommandsOf<'document'>>> = {},
): View<JsonLine, CommandsOf<'document'>> {
  const contexts: readonly KeyContext[] = [id, 'document']
  return {
    name,
    contexts,
    picks: true,
    title: state => titleOf(state.slices[id]),
    rows: ({ slices }, width) => (slices[id] === undefined ? [] : contentRows(slices[id], width)),
    empty: ({ slices }) => emptyText(slices[id]),
    commands: contentCommands(id),
    moved: state => needBytes(state, id),
    receive: (state, action) => {
      const content = state.slices[id]
      if (content === undefined) return undefined
      if (action.type === 'failed' && action.tag === id) {
        return [setContent(state, id, { ...content, failed: escapeText(action.error.message), seeking: undefined }), []]
      }
      if (action.type !== 'content' || action.tag !== id) return undefined
      return continued(setContent(state, id, withBytes(content, action.offset, action.bytes, action.size)), id)
    },
    copies: ({ slices }) => (slices[id] === undefined ? [] : copiesOf(slices[id])),
    crumbs: ({ slices }) => crumbsOf(slices[id], name),
    idle: ({ slices }) => idleIn(slices[id]),
    ...own,
  }
}

function crumbsOf(content: Content | undefined, name: string): readonly string[] {
  if (content === undefined) return []
  const { source } = content
  return [source.kind === 'entry' ? content.name : name === 'blob' ? `blob ${shortDigest(source.blob.digest)}` : name]
}

/** Commands that mean nothing for what is shown, and how. */
function idleIn(content: Content | undefined): readonly Command[] {
  if (content === undefined) return []
  const { shape, node } = content
  const idle: Command[] = []
  if (shape !== 'json') idle.push('document.enter')
  if (shape !== 'json' && shape !== 'text') idle.push('document.wrap')
  if (node === undefined) idle.push('document.versions')
  if (!hasBytes(content)) idle.push('document.search', 'document.save', 'document.page', 'document.shape')
  return idle
}

/** Bytes came: on with the search that waited for them, or with the rows that are still missing on the screen. */
function continued(state: State, id: ContentId): Step<Effect> {
  return state.slices[id]?.seeking === undefined ? needBytes(state, id) : continueSearch(state, id)
}

function titleOf(content: Content | undefined): { left: Line; right: Line } {
  if (content === undefined) return { left: [], right: [] }
  const { shape, detected, crlf, bytes, wrap, node, search, enveloped } = content
  const how = {
    text: `${detected?.encoding ?? 'text'}${crlf ? ', CRLF' : ''}`,
    json: enveloped ? 'JSON in its envelope' : 'JSON',
    hex: 'hexadecimal',
    facts: 'details',
  }[shape]
  const proof = shape !== 'facts' && isUnproven(content) ? ', not proven' : ''
  const layer = node === undefined ? '' : `  layer ${node.layer + 1}`
  const size = node === undefined || node.type === 'file' ? `  ${formatSize(bytes.size)}` : ''
  return {
    left: line(span(titleName(content)), ...outcomeOf(search)),
    right: line(span(`${how}${shape === 'text' && wrap ? ', wrapped' : ''}${proof}${layer}${size}`, 'dim')),
  }
}

/** A digest only as far as people tell digests apart; the IDs and the copy menu have all of it. */
function titleName({ name, source }: Content): string {
  return source.kind === 'blob' ? `${splitDigest(source.blob.digest)[0]}:${shortDigest(source.blob.digest)}` : name
}

function outcomeOf(search: Content['search']): Line {
  if (search?.outcome === undefined) return []
  return line(search.outcome === 'none' ? span('  not found', 'warning') : span('  wrapped around', 'dim'))
}

function emptyText(content: Content | undefined): string {
  if (content === undefined) return 'Nothing to show.'
  return content.failed ?? (content.bytes.size === 0 ? 'Empty.' : 'Reading…')
}

function copiesOf({ name, source, node }: Content): readonly MenuItem[] {
  const choice = (what: string, text: string): MenuItem => ({
    label: `${what}  ${text}`,
    command: 'copy',
    argument: `the ${what}\n${text}`,
  })
  return [
    ...(source.kind === 'blob' ? [choice('digest', source.blob.digest)] : [choice('path', name)]),
    ...(node?.sha256 === undefined ? [] : [choice('sha256', node.sha256)]),
  ]
}
