import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { SEVERITIES } from '../../check/finding.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { formatPlatform } from '../../image/platform.ts'
import { isListing } from '../../layer/reading.ts'
import { type Line, line, lineWidth, span, spread } from '../../line/line.ts'
import { allFindings, countsOf, severityWords } from '../model/findings.ts'
import { type OpenImage, readingAt } from '../model/open-image.ts'
import { atStart, type State } from '../model/state.ts'
import { platformsOf } from './image-choices.ts'

/** From this width on the header spells its figures out. */
const WIDE = 100
const MOST_SPARKS = 24
/** From so many cells on the program's own name stands before the image's. */
const NAMED = 20

/** The first row: what is open, how big it is, how much of that is waste, and which layers weigh. */
export function headerLine(state: State): Line {
  const image = atStart(state) ? undefined : state.image
  const { columns } = state.size
  const name = span(' peel', 'accent')
  if (image === undefined) return spread([name, span('  look inside container images', 'dim')], [], columns)
  const reference = span(image.reference, 'strong')
  const left = line(name, '  ', reference, span(platformOf(image), 'plain'))
  const choices = columns >= WIDE ? [ALL, { ...ALL, unpacked: false }, { ...ALL, unpacked: false, layers: false }, FEW] : [FEW]
  const lines = choices.map(shown => [...figures(state, image, shown), span(' ')])
  // Figures give way to the name: two images are told apart by it.
  const fitting = lines.find(each => lineWidth(left) + lineWidth(each) + 2 <= columns) ?? lines.at(-1) ?? []
  // With little room, the reference matters more than the program's name and the platform.
  const room = columns - lineWidth(fitting) - 2
  return spread(lineWidth(left) <= room || room >= NAMED ? left : line(' ', reference), fitting, columns)
}

/** The platform, and how many there are to choose from. */
function platformOf(open: OpenImage): string {
  const { platform } = open.image
  if (platform === undefined) return ''
  const all = new Set(platformsOf(open).map(each => each.platform && formatPlatform(each.platform))).size
  return ` › ${formatPlatform(platform)}${all > 1 ? `, one of ${all}` : ''}`
}

type Shown = { readonly words: boolean; readonly unpacked: boolean; readonly layers: boolean }

const ALL: Shown = { words: true, unpacked: true, layers: true }
const FEW: Shown = { words: false, unpacked: false, layers: false }

function figures(state: State, image: OpenImage, shown: Shown): Line {
  const compressed = sizeOfBlobs(image.image.layers)
  const sizes = image.image.layers.map(({ position }) => {
    const reading = readingAt(image, position)
    return reading === undefined || isListing(reading) ? undefined : reading.tarSize
  })
  const known = sizes.every(size => size !== undefined)
  const parts: Line[] = [line(`${formatSize(compressed)}${shown.words ? ' compressed' : ''}`)]
  const { beside } = state.slices
  // A squashed image that was just made is weighed against it, where the place keeps it as it was compressed.
  if (beside?.result.reference === image.source && beside.own.after === compressed) {
    parts.push(line(span(`was ${formatSize(beside.own.before)}`, 'good')))
  }
  if (shown.unpacked && known) parts.push(line(`${formatSize(sizes.reduce((sum, size) => sum + size, 0))} unpacked`))
  if (shown.layers) parts.push(line(countOf(sizes.length, 'layer')))
  const waste = wasteOf(image)
  if (waste !== undefined) parts.push(line(span(`${waste} % hidden`, waste >= 10 ? 'waste' : 'plain')))
  const found = findingsLine(state, image, shown.words)
  if (found.length > 0) parts.push(found)
  const joined = parts.flatMap((part, index) => (index === 0 ? part : [span(' · ', 'dim'), ...part]))
  return shown.layers ? [...joined, span(` ${sparks(image, state.settings.ascii)}`, 'dim')] : joined
}

/** Numbers of findings by severity, the worst alone where there is little room; `so far` until all layers were looked at. */
function findingsLine({ slices: { story } }: State, image: OpenImage, inFull: boolean): Line {
  const counts = countsOf(allFindings(image, story.findings))
  const there = SEVERITIES.filter(severity => counts[severity] > 0)
  const told = inFull ? there : there.slice(0, 1)
  if (told.length === 0) return []
  const words = told.map(severity =>
    span(` ${severityWords(severity, counts[severity])}`, severity === 'info' ? 'dim' : severity),
  )
  return line(span('!', counts.error > 0 ? 'error' : 'warning'), ...words, ...(story.checked ? [] : [span(' so far', 'dim')]))
}

/** Share of the shipped content that a later layer hides, in whole percent; known once all layers are read. No blob of an artifact hides another. */
function wasteOf({ analysis, image }: OpenImage): number | undefined {
  if (analysis === undefined || !analysis.complete || image.artifactType !== undefined) return undefined
  const [shipped, hidden] = [sum(analysis.shipped), sum(analysis.hidden)]
  return shipped === 0 ? 0 : Math.round((hidden / shipped) * 100)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_BARS = ['.', '.', ':', ':', '|', '|', '#', '#']

/** One bar a layer: its compressed size against the largest. */
function sparks({ image }: OpenImage, ascii: boolean): string {
  const shown = image.layers.slice(0, MOST_SPARKS)
  const largest = shown.reduce((most, { blob }) => Math.max(most, blob.size), 1)
  const bars = ascii ? ASCII_BARS : BARS
  return shown.map(({ blob }) => bars[Math.min(7, Math.floor((blob.size / largest) * 7.99))]).join('')
}
