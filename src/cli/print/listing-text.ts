import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { selectNodes } from '../../image/choose.ts'
import { indexRows } from '../../state/document/index-tree.ts'
import { whatText } from '../../state/document/index-view.ts'
import { formatSize } from '../../state/line/size.ts'
import { padEnd, padStart, widthOf } from '../../state/line/text.ts'
import type { Session } from '../open/session.ts'
import type { Paint } from './paint.ts'

const LEAST_CELLS = 24

/** What a place holds where no image of it can be chosen: the rows of the index view, as text. */
export function listingText({ reference, listing, selector }: Session, paint: Paint): readonly string[] {
  const nodes = selectNodes(listing, selector)
  const rows = indexRows({
    nodes,
    // What an artifact is made of is all there is to say about it.
    current: nodes.length === 1 ? (nodes[0]?.descriptor.digest ?? '') : '',
    toggled: new Set(),
    referrers: new Map(),
    manifests: new Map(),
  })
  const named = rows.map(row => ({ row, what: `${'  '.repeat(row.depth)}${whatText(row)}` }))
  const cells = Math.max(LEAST_CELLS, ...named.map(({ what }) => widthOf(what)))
  return [
    paint('bold', escapeText(reference)),
    '',
    paint('dim', `  ${padEnd('what', cells)}  ${padStart('size', 8)}  ${padEnd('digest', 12)}  media type`),
    ...named.map(({ row: { descriptor }, what }) => {
      const size = padStart(formatSize(descriptor.size), 8)
      return `  ${padEnd(what, cells)}  ${size}  ${shortDigest(descriptor.digest)}  ${escapeText(descriptor.mediaType)}`
    }),
  ]
}
