import type { LayerPair } from '../../compare/align-layers.ts'
import type { FieldDifference } from '../../compare/content/field-differences.ts'
import { formatCount } from '../../format/count.ts'
import { formatDelta } from '../../format/delta.ts'
import { type Line, line, span } from '../../line/line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { COMPARE_PAGES, type OpenComparison, type PackageLookup } from '../model/compare.ts'
import { type OpenImage, readingTotals } from '../model/open-image.ts'
import { lazyRows, type Rows, rowsOf } from '../model/rows.ts'
import { imageOf, type State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { heldText } from '../reading/held-layers.ts'
import { COMPARE_COMMANDS } from './compare-commands.ts'
import type { CompareRow } from './compare-row.ts'
import { receiveComparison } from './compare-run.ts'
import { treeRows } from './compare-tree.ts'
import { comparedFilesHead, deltaRole, treeLine } from './file-lines.ts'
import { layerLine, layersHead, packageLine, packageRestLine, settingLines } from './page-lines.ts'
import { summaryRows } from './summary-lines.ts'

/** Two images side by side: why one is larger, one tree with both sizes, the layers of both in one list, settings. */
export const COMPARE_VIEW: View<CompareRow, CommandsOf<'compare'>> = {
  name: 'compare',
  contexts: ['compare'],
  picks: true,
  title: ({ slices, size }) => titleOf(slices.compare.comparison, size.columns),
  head: state => headOf(state.slices.compare.comparison),
  rows: (state, width) => rowsOfPage(state, width),
  madeOf: ({ slices: { compare }, settings: { ascii }, image, compared }) => [
    compare.comparison,
    ascii,
    // As long as layers are read the rows say how far.
    ...(compare.comparison?.shown === undefined ? [image, compared] : []),
  ],
  empty: emptyText,
  commands: COMPARE_COMMANDS,
  receive: receiveComparison,
  idle: (_, row) => (row !== undefined && leadsOn(row) ? [] : ['compare.enter']),
  crumbs: ({ slices: { compare } }) =>
    compare.comparison === undefined ? [] : [`compared with ${compare.comparison.sides[otherSide(compare.comparison)].label}`],
}

/** Whether Enter does something on the row. */
function leadsOn(row: CompareRow): boolean {
  if (row.kind === 'pair') return !hasSameContent(row.pair)
  return row.kind === 'text' ? row.page !== undefined : LEADING.has(row.kind)
}

const LEADING: ReadonlySet<CompareRow['kind']> = new Set(['path', 'quiet', 'part'])

/** Whether there is no change to list: the very layer, or one that differs by its compression alone. */
function hasSameContent({ how }: LayerPair): boolean {
  return how === 'digest' || how === 'diffId'
}

/** The side that is not the image on the screen. */
function otherSide({ sides }: OpenComparison): 'a' | 'b' {
  return sides.a.image === 'shown' ? 'b' : 'a'
}

/** From this width on all pages are named, not only the one that is shown. */
const NAMES_FROM = 72

/**
 * The pages, the open one in capitals and alone where it is narrow, and what the files come to. As long as another selection is on its
 * way, the rows are those of the one before, and so is what they come to.
 */
function titleOf(comparison: OpenComparison | undefined, columns: number): { left: Line; right: Line } {
  if (comparison === undefined) return { left: [], right: [] }
  const { page, shown, shownBy } = comparison
  const pages = columns >= NAMES_FROM ? COMPARE_PAGES : [page]
  const left = pages.map((each, index) => ({
    ...span(`${index === 0 ? '' : '  '}${each === page ? each.toUpperCase() : each}`, each === page ? 'accent' : 'dim'),
    click: { command: `compare.${each}` },
  }))
  if (shown === undefined) return { left: line(...left), right: line(span('comparing…', 'dim')) }
  const { added, removed, changed, delta } = shown.comparison.summary
  const { ignore, pair } = shownBy
  const waits = ignore !== comparison.ignore || pair !== comparison.pair
  const set = [
    ...(waits ? ['comparing…'] : []),
    ...(pair === undefined ? [] : [pairText(pair)]),
    ...(ignore === 'exact' ? [] : [ignore]),
  ]
    .map(each => `${each} · `)
    .join('')
  const counts = columns >= NAMES_FROM ? ` +${formatCount(added)} −${formatCount(removed)} ~${formatCount(changed)}` : ''
  return {
    left: line(...left),
    right: line(span(set, 'accent'), span(formatDelta(delta.content), deltaRole(delta.content)), span(counts, 'dim')),
  }
}

/** The layers of a pair, 1 first. */
function pairText({ before, after }: LayerPair): string {
  if (before === null) return `layer ${(after ?? 0) + 1} of B`
  return after === null ? `layer ${before + 1} of A` : `layer ${before + 1} → ${after + 1}`
}

function headOf(comparison: OpenComparison | undefined): Line {
  if (comparison === undefined || (comparison.shown ?? comparison.early) === undefined) return []
  if (comparison.page === 'files' && comparison.shown === undefined) return []
  return comparison.page === 'files' ? comparedFilesHead() : comparison.page === 'layers' ? layersHead() : []
}

function rowsOfPage(state: State, width: number): Rows<CompareRow> {
  const { comparison } = state.slices.compare
  const shown = comparison?.shown ?? comparison?.early
  if (comparison === undefined || shown === undefined) return []
  const { ascii } = state.settings
  const { files } = shown
  switch (comparison.page) {
    case 'summary': {
      const images = { a: imageOf(state, comparison.sides.a.image)?.image, b: imageOf(state, comparison.sides.b.image)?.image }
      const reading = comparison.shown === undefined ? readingTexts(state, comparison) : []
      return rowsOf(summaryRows(shown, comparison, { width, ascii, images, reading }), row => row.line)
    }
    case 'files': {
      const selection = shown.comparison.files
      if (files === undefined || selection === undefined) return []
      return rowsOf<CompareRow>(treeRows(files, comparison), row =>
        row.kind === 'path' || row.kind === 'quiet' || row.kind === 'left' ? treeLine(files, selection, row, width, ascii) : [],
      )
    }
    case 'layers': {
      const [a, b] = [imageOf(state, comparison.sides.a.image)?.image, imageOf(state, comparison.sides.b.image)?.image]
      if (a === undefined || b === undefined) return []
      const { pairs } = shown.comparison.layers
      return rowsOf<CompareRow>(
        pairs.map(pair => ({ kind: 'pair', pair })),
        row => (row.kind === 'pair' ? layerLine(row.pair, shown, { a, b }, width) : []),
      )
    }
    case 'packages':
      return packageRows(comparison.packages, width)
    case 'settings':
      return settingRows(shown.comparison.settings, width)
  }
}

function packageRows(lookup: PackageLookup | undefined, width: number): Rows<CompareRow> {
  const compared = lookup?.state === 'found' ? lookup.compared : undefined
  if (compared === undefined || compared.packages.length === 0) return []
  const { packages, others, unowned } = compared
  const rest = [
    ...(others.rows === 0 ? [] : [packageRestLine(others, 'files of packages in the same version')]),
    ...(unowned.rows === 0 ? [] : [packageRestLine(unowned, 'files of no package')]),
  ]
  return lazyRows<CompareRow>(packages.length + rest.length, index => {
    const each = packages[index]
    if (each !== undefined) return { line: packageLine(each, width), subject: { kind: 'package' } }
    const line = rest[index - packages.length] ?? []
    return { line, subject: { kind: 'text', line } }
  })
}

function settingRows(settings: readonly FieldDifference[], width: number): Rows<CompareRow> {
  const lines = settings.flatMap(each => settingLines(each, width).map((line, index) => ({ line, names: index === 0 })))
  return lazyRows(lines.length, index => {
    const { line = [], names = false } = lines[index] ?? {}
    return { line, subject: { kind: 'setting', names } }
  })
}

function emptyText(state: State): string {
  const { comparison } = state.slices.compare
  if (comparison === undefined) return 'Nothing is compared: press = on an image, then on another one.'
  const { page, shown, early } = comparison
  if (page === 'settings' && (shown ?? early) !== undefined) return 'All settings are the same.'
  if (shown !== undefined && page === 'packages') return noPackagesText(comparison.packages)
  if (shown !== undefined) return comparison.shownBy.pair === undefined ? 'No file differs.' : NOTHING_LEFT
  return readingTexts(state, comparison).join('\n')
}

const NOTHING_LEFT =
  'Nothing that differs was made or removed by these layers: what they changed is the same, or later layers changed it again.'

/** How far either side is read. */
function readingTexts(state: State, comparison: OpenComparison): readonly string[] {
  return (['a', 'b'] as const).map(side => {
    const { image, label } = comparison.sides[side]
    const failed = image === 'compared' ? comparison.unopened : undefined
    return `${side.toUpperCase()}  ${label}: ${failed ?? progressText(imageOf(state, image))}`
  })
}

function noPackagesText(lookup: PackageLookup | undefined): string {
  if (lookup?.state === 'failed') return lookup.why
  return lookup?.state === 'found' ? 'No package of a database that peel knows differs.' : 'Reading the package databases…'
}

function progressText(open: OpenImage | undefined): string {
  if (open === undefined) return 'opening…'
  if (open.analysis?.complete === true || open.image.layers.length === 0) return 'read'
  const failed = open.progress.findIndex(({ status }) => status === 'failed')
  if (failed !== -1) return `layer ${failed + 1} cannot be read, so nothing can be compared`
  const held = heldText(open)
  if (held !== undefined) return held
  const { done, total } = readingTotals(open)
  return `reading, ${total === 0 ? 0 : Math.floor((done / total) * 100)} %`
}
