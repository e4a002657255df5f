import { formatCount } from '../../format/count.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, line, span } from '../../line/line.ts'
import { bar, cut, cutPath, padEnd, padStart, widthOf } from '../../line/text.ts'
import type { Act } from '../../space/acts.ts'
import { pathMark } from '../marks/mark-commands.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { State } from '../model/state.ts'

/** In fewer cells a layer is its number alone. */
const LEAST_WORDS = 8

/** Cells that a path keeps beside the number of its files. */
const LEAST_PATH = 16

/** Cells of the first columns of an act, and of every size on the page. */
export const [SIZE, BAR] = [8, 8]

/** Cells of the commands of both layers and of the path, with the gap between them, in a row of `width`. */
export function actCells(width: number): {
  readonly shipper: number
  readonly hider: number
  readonly path: number
  readonly gap: string
} {
  const free = width - (1 + SIZE + 1 + BAR + 1)
  const command = Math.min(40, Math.max(10, Math.floor(free * 0.28)))
  // Where it is narrow the later layer is its number: two commands would leave no room for the path.
  const hider = free >= 26 && free < 40 ? 3 : command
  return { shipper: command, hider, path: Math.max(8, free - command - hider - 4), gap: '  ' }
}

/** The row of an act: its bytes, the layer that ships them, the one that hides them, and where they are. */
export function actLine({ image, slices, settings }: State, act: Act, width: number): Line {
  const { shipper, hider, path, gap } = actCells(width)
  const largest = slices.story.story?.acts.acts[0]?.bytes ?? 1
  const shown = `/${displayPath(act.path)}${act.files > 1 && act.path !== '' ? '/' : ''}`
  const count = act.files === 1 ? '' : `  ${formatCount(act.files)} files`
  // The root is the top where the layer has nothing but what this act hides.
  const counts = act.path === '' && act.files > 1 ? [`  all it ships,${count.slice(1)}`, '  all it ships', count] : [count]
  // The path says more than how many files are in it, which the details tell.
  const files = counts.find(each => path - each.length >= Math.min(widthOf(shown), LEAST_PATH)) ?? ''
  return line(
    span(pathMark(slices.marks, act.path), 'accent'),
    span(padStart(formatSize(act.bytes), SIZE), 'number'),
    ' ',
    span(bar(act.bytes / Math.max(1, largest), BAR, settings.ascii), 'waste'),
    ' ',
    span(padEnd(layerWords(image, act.shippedBy, shipper), shipper)),
    gap,
    span(padEnd(hider < LEAST_WORDS ? String(act.hiddenBy + 1) : layerWords(image, act.hiddenBy, hider), hider), 'dim'),
    gap,
    span(cutPath(shown, Math.max(4, path - files.length)), 'plain'),
    span(files, 'dim'),
  )
}

/** `2 apt-get update`: the layer's number and its command, without what all commands begin with. */
function layerWords(image: OpenImage | undefined, layer: number, cells: number): string {
  const step = image?.image.steps.find(each => each.layer === layer)
  const command = commandText(step?.history)
    .replace(/^RUN /, '')
    .replace(/^set -[a-z]+(?: -o pipefail)?\s*[;&]+\s*/, '')
  return cut(`${layer + 1} ${command}`, cells)
}
