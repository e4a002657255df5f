import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { selectNodes } from '../../image/choose.ts'
import { padEnd, padStart, widthOf } from '../../line/text.ts'
import { indexRows } from '../../list/index-tree.ts'
import type { Session } from '../../session/session.ts'
import { whatText } from '../../state/index/index-view.ts'
import type { Paint } from '../run/paint.ts'

const LEAST_CELLS = 24

/** The contents of a place where no image of it can be chosen: the rows of the index view, as text. */
export function listingText({ reference, listing, selector }: Session, paint: Paint): readonly string[] {
  const nodes = selectNodes(listing, selector)
  const rows = indexRows({
    nodes,
    // The parts of an artifact are all there is to say about it.
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
