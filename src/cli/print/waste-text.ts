import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { WASTE_CAUSES } from '../../space/waste.ts'
import type { Paint } from '../run/paint.ts'
import type { WasteFound } from './waste-json.ts'

/** `peel waste` for people: the ledger, the layers to blame, the biggest files. */
export function* wasteText({ ledger, duplicates, squash }: WasteFound, top: number, paint: Paint): Generator<string> {
  const { shipped, alive, hidden, byCause, byLayer } = ledger
  yield `${size(shipped)}  shipped in files`
  yield `${size(alive)}  alive in the image`
  yield paint('bold', `${size(hidden)}  hidden: shipped and never read (${percent(hidden, shipped)})`)
  for (const cause of WASTE_CAUSES) if (byCause[cause] > 0) yield `${size(byCause[cause])}    ${cause}`
  if (hidden > 0) {
    yield ''
    yield paint('dim', 'layer    ships hidden  hides below')
    for (const [position, { shipped: ships, caused }] of byLayer.entries()) {
      if (ships > 0 || caused > 0) yield `${String(position + 1).padStart(5)} ${orDot(ships, 15)} ${orDot(caused, 12)}`
    }
    yield ''
    yield paint('dim', '    size  shipped by  hidden by  cause          path')
    for (const { path, bytes, shippedBy, hiddenBy, cause } of ledger.largest(top)) {
      yield `${size(bytes)}  ${String(shippedBy + 1).padStart(10)}  ${String(hiddenBy + 1).padStart(9)}  ${cause.padEnd(13)}  ${displayPath(path)}`
    }
    if (ledger.count > top) yield paint('dim', `and ${ledger.count - top} smaller ones (--top ${ledger.count} for all)`)
  }
  yield* duplicateLines(duplicates, top, paint)
  if (squash === undefined) return
  yield ''
  yield `a squash of all layers saves ${formatSize(squash.tarSaved)} unpacked, ${formatSize(squash.compressedSaved)} compressed`
}

function* duplicateLines(duplicates: WasteFound['duplicates'], top: number, paint: Paint): Generator<string> {
  if (duplicates.length === 0) return
  const extra = duplicates.reduce((sum, each) => sum + each.extra, 0)
  yield ''
  yield `${size(extra)}  in duplicates: the same content under several names; squashing does not reclaim it`
  for (const { size: bytes, paths } of duplicates.slice(0, Math.min(top, 5))) {
    const [first, ...others] = paths.map(displayPath)
    yield paint(
      'dim',
      `${size(bytes)}    ${first} = ${others.slice(0, 2).join(' = ')}${others.length > 2 ? ` and ${others.length - 2} more` : ''}`,
    )
  }
}

function size(bytes: number): string {
  return formatSize(bytes).padStart(8)
}

function orDot(bytes: number, width: number): string {
  return (bytes === 0 ? '·' : formatSize(bytes)).padStart(width)
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((part / whole) * 100).toFixed(1)} %`
}
