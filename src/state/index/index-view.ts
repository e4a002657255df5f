import type { Descriptor } from '../../blob/descriptor.ts'
import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { artifactWords } from '../../format/artifact-words.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import type { ImageNode } from '../../image/list.ts'
import { artifactTypeOf } from '../../image/manifest.ts'
import { formatPlatform } from '../../image/platform.ts'
import { type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { padEnd, padStart, suffix, widthOf } from '../../line/text.ts'
import { type IndexRow, indexRows } from '../../list/index-tree.ts'
import { markImage } from '../browse/mark-image.ts'
import { followDigest } from '../content/follow.ts'
import { openBlob } from '../content/open-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Action } from '../model/action.ts'
import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import type { IndexEntry } from '../model/preview.ts'
import { rowsOf } from '../model/rows.ts'
import { isMarked } from '../model/shared.ts'
import { opens, type State, type Step, viewIn, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import type { Given, View } from '../model/view.ts'
import { hasParts, openDocument, receiveManifest, toggleRow } from './index-manifests.ts'

/** Everything the source holds: indexes, manifests with their config and layers, attestations, artifacts. */
export const INDEX_VIEW: View<IndexRow, CommandsOf<'index'>> = {
  name: 'index',
  contexts: ['index', 'preview'],
  picks: true,
  title: state => ({ left: [], right: line(span(countText(treeOf(state).length), 'dim')) }),
  head: (_, width) => headLine(width),
  rows: (state, width) => rowsOf(treeOf(state), row => rowLine(state, row, width)),
  madeOf: ({ image, slices, settings }) => [
    image,
    slices.index,
    slices.referrers,
    slices.manifests,
    slices.shared.marked,
    settings.ascii,
  ],
  empty: () => 'The source lists nothing.',
  idle: state => (state.image?.remote === true ? [] : ['index.referrers']),
  receive: (state, action) => receiveManifest(state, action) ?? foundReferrers(state, action),
  shown: ofRoots,
  commands: {
    'index.enter': (state, { row }) => enter(state, row),
    'index.open': (state, given) => setOpen(state, given, true),
    'index.close': (state, given) => setOpen(state, given, false),
    'index.referrers': (state, { row }) => findReferrers(state, row),
    'index.mark': (state, { row }) => markImage(state, comparableRow(state, row)),
    'index.document': (state, { row }) => openDocument(state, row),
  },
  previews: (_, row) => {
    if (row === undefined) return undefined
    const { descriptor, node, part, referrer } = row
    return { kind: 'entry', descriptor, node, part, ...(referrer !== undefined && { referrer }) }
  },
  compares: comparableRow,
  copies: (_, row) => {
    return row === undefined
      ? []
      : [{ label: `digest  ${row.descriptor.digest}`, command: 'copy', argument: `the digest\n${row.descriptor.digest}` }]
  },
}

/** An image of the place that is open, by its digest. */
function comparableRow({ image }: State, row: IndexRow | undefined): Comparable | undefined {
  if (image === undefined || row?.node?.kind !== 'image') return undefined
  const { digest } = row.descriptor
  return { reference: image.source, digest, label: `${image.reference}@${shortDigest(digest)}` }
}

function countText(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'entry' : 'entries'}`
}

function treeOf({ image, slices }: State): readonly IndexRow[] {
  if (image === undefined) return []
  const { index: toggled, referrers, manifests } = slices
  return indexRows({ nodes: image.nodes, current: image.image.descriptor.digest, toggled, referrers, manifests })
}

/** Asks the registry what refers to the manifest or index under the cursor, once for each. */
function findReferrers(state: State, row: IndexRow | undefined): Step<Effect> {
  const subject = row?.node?.descriptor
  if (state.image?.remote !== true) return note(state, 'Only a registry can be asked what refers to an image.')
  if (subject === undefined) return note(state, 'Only manifests and indexes have referrers.')
  if (state.slices.referrers.has(subject.digest)) return note(state, 'Its referrers are already listed below it.')
  return [state, [{ type: 'referrers', image: 'shown', subject }]]
}

function foundReferrers(state: State, action: Action): Step<Effect> | undefined {
  if (action.type === 'opened' && action.id === 'shown') return viewIn(state, 'main') === 'index' ? ofRoots(state) : undefined
  if (action.type !== 'referrers-found') return undefined
  const next = withSlice(state, 'referrers', new Map(state.slices.referrers).set(action.subject, action.referrers))
  const { length } = action.referrers
  return length > 0 ? [next, []] : note(next, 'Nothing refers to it.')
}

/** Signatures are mostly of the manifest that the reference names: it is asked about as soon as the index is looked at. */
function ofRoots(state: State): Step<Effect> {
  const [root] = state.image?.nodes ?? []
  if (root === undefined || state.image?.remote !== true) return [state, []]
  if (state.slices.referrers.has(root.descriptor.digest)) return [state, []]
  return [state, [{ type: 'referrers', image: 'shown', subject: root.descriptor }]]
}

/** Another image is opened, what holds something shows it, everything else its bytes. */
function enter(state: State, row: IndexRow | undefined): Step<Effect> {
  const current = state.image?.image.descriptor.digest
  if (row === undefined || state.image === undefined) return [state, []]
  const { node, descriptor } = row
  if (node?.kind === 'missing' || node?.kind === 'unreadable') return note(state, escapeText(node.error.message))
  if (node?.kind === 'image' && descriptor.digest !== current) {
    return [
      opens(state, state.image.reference),
      [{ type: 'open', image: 'shown', reference: state.image.source, digest: descriptor.digest }],
    ]
  }
  const below = node === undefined ? row.referrer !== undefined : node.kind !== 'image'
  if (below && hasParts(row)) return toggleRow(state, row)
  if (descriptor.digest === current && node?.kind !== 'other') return [jumpTo(state, { tab: 'manifest' }), []]
  const own = state.image.image.layers.some(({ blob }) => blob.digest === descriptor.digest)
  return own ? followDigest(state, descriptor.digest, descriptor) : openBlob(state, descriptor)
}

function setOpen(state: State, { row, rows }: Given<IndexRow>, open: boolean): Step<Effect> {
  if (row === undefined) return [state, []]
  if (hasParts(row) && row.open !== open) return toggleRow(state, row)
  if (open || row.depth === 0) return [state, []]
  let { index } = state.cursors.index
  while (index > 0 && (rows.at(index)?.subject.depth ?? 0) >= row.depth) index--
  return [withCursor(state, 'index', { ...state.cursors.index, index }), []]
}

const SIZE_CELLS = 9
/** From this width on the digest has a column. */
const DIGEST_FROM = 48
const DIGEST_CELLS = 13
/** Cells of the media type from these widths on: all of most types, or their last names. */
const TYPE_CELLS: readonly (readonly [from: number, cells: number])[] = [
  [140, 70],
  [96, 48],
  [76, 18],
]

function headLine(width: number): Line {
  return line(
    span(padEnd('  what', nameCells(width))),
    span(padStart('size', SIZE_CELLS)),
    ...(width < DIGEST_FROM ? [] : [span(`  ${padEnd('digest', DIGEST_CELLS)}`)]),
    ...(typeCells(width) > 0 ? [span('media type')] : []),
  )
}

function nameCells(width: number): number {
  return Math.max(12, width - SIZE_CELLS - (width < DIGEST_FROM ? 0 : DIGEST_CELLS + 2) - typeCells(width))
}

function typeCells(width: number): number {
  return TYPE_CELLS.find(([from]) => width >= from)?.[1] ?? 0
}

function rowLine(state: State, row: IndexRow, width: number): Line {
  const { descriptor, node, depth, open } = row
  const { ascii } = state.settings
  const mark = !hasParts(row) ? '  ' : ascii ? (open ? '- ' : '+ ') : open ? '▾ ' : '▸ '
  const current = descriptor.digest === state.image?.image.descriptor.digest
  const marked = isMarked(state.slices.shared, comparableRow(state, row)) ? '* ' : ''
  const role: Role = node?.kind === 'missing' || node?.kind === 'unreadable' ? 'error' : current ? 'strong' : 'plain'
  const triangle = { ...span(mark, role), click: { command: open ? 'index.close' : 'index.open' } }
  const start = line('  '.repeat(depth), hasParts(row) ? triangle : mark)
  return line(
    ...start,
    span(padEnd(`${marked}${whatText(row)}${current ? ' (open)' : ''}`, Math.max(0, nameCells(width) - lineWidth(start))), role),
    span(padStart(formatSize(descriptor.size), SIZE_CELLS), 'number'),
    ...(width < DIGEST_FROM ? [] : [span(`  ${padEnd(shortDigest(descriptor.digest), DIGEST_CELLS)}`, 'dim')]),
    ...(typeCells(width) > 0 ? [span(typeText(escapeText(descriptor.mediaType), typeCells(width)), 'dim')] : []),
  )
}

/** The last names of a media type tell one from another; all of them begin alike. */
function typeText(mediaType: string, room: number): string {
  if (widthOf(mediaType) <= room) return mediaType
  const end = suffix(mediaType, room - 1)
  const name = /^[^.]*\.(?=[^.]*\.)/.exec(end)?.[0] ?? ''
  return `…${end.slice(name.length)}`
}

/** The kind of a row of the tree, in words. Escaped. */
export function whatText({ node, part, referrer, descriptor }: IndexEntry): string {
  if (referrer !== undefined) {
    const words = artifactWords(referrer.artifactType || descriptor.mediaType)
    return `${escapeText(words)}  ${VIA[referrer.via] ?? escapeText(referrer.via)}`
  }
  if (node === undefined) return part === 'layer' ? layerWords(descriptor) : (part ?? '')
  const platform = node.platform === undefined ? [] : [formatPlatform(node.platform)]
  return [node.kind, ...node.names.slice(0, 1).map(escapeText), ...platform, ...kindWords(node)].join('  ')
}

/** The subject of an artifact without a platform; its digest has a column of its own. */
function kindWords(node: ImageNode): readonly string[] {
  if (node.kind !== 'artifact' || node.document === undefined) return []
  return [escapeText(artifactWords(artifactTypeOf(node.document.value)))]
}

/** How it was found. */
const VIA: Readonly<Record<string, string>> = {
  api: 'referrer',
  'fallback-tag': 'referrer, fallback tag',
  'cosign-tag': 'referrer, cosign tag',
}

/** Attestations say in an annotation what they attest; documents are known by their type. */
function layerWords({ annotations, mediaType }: Descriptor): string {
  const predicate = annotations?.['in-toto.io/predicate-type'] ?? annotations?.['predicateType']
  if (predicate === undefined && !/json/.test(mediaType)) return 'layer'
  return escapeText(artifactWords(predicate ?? mediaType))
}
