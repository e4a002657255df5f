import { countOf, formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { isListing } from '../../layer/reading.ts'
import { move, moveTo } from '../../line/cursor.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { type RibbonPart, ribbon, ribbonLegend } from '../../line/ribbon.ts'
import { cut, cutPath, padEnd, padStart } from '../../line/text.ts'
import { layerTint } from '../../line/tint.ts'
import { showInFiles } from '../files/show-file.ts'
import { severityRole } from '../findings/finding-lines.ts'
import { goToFinding } from '../findings/finding-place.ts'
import { openFindings, openFindingsOf } from '../findings/findings-commands.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { isFixMarked, markFixes } from '../marks/fix-marks.ts'
import { markWaste } from '../marks/mark-commands.ts'
import type { Effect } from '../model/effect.ts'
import { type OpenImage, soFarOf } from '../model/open-image.ts'
import type { PreviewSubject } from '../model/preview.ts'
import { pathCopies } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { litterByLayer, type StoryRow, type StorySection, storyRows } from '../model/story.ts'
import { jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'
import { showRanked } from '../ranked/ranked-filter.ts'
import { heldText } from '../reading/held-layers.ts'
import { actCells, actLine, BAR, SIZE } from './act-line.ts'

/** The first page: why the image is as big as it is, whose fault each part is, and what else is wrong with it. */
export const STORY_VIEW: View<StoryRow, CommandsOf<'story'>> = {
  name: 'story',
  contexts: ['story', 'preview'],
  picks: true,
  title: state => ({
    left: line(span(progressWords(state), isTold(state) ? 'dim' : 'accent')),
    right: savingLine(state.image),
  }),
  banner,
  rows: (state, width) => rowsOf(storyRows(state.slices.story), row => rowLine(state, row, width)),
  madeOf: ({ image, slices, settings }) => [image?.analysis, slices.story, slices.marks, settings.ascii],
  empty: state => {
    const { image, slices } = state
    if (!isWhole(image))
      return (
        heldText(image) ?? `Reading the layers: so far ${image?.analysis?.layers ?? 0} of ${image?.image.layers.length ?? 0}.`
      )
    if (!isTold(state)) return 'All layers are read. Adding up what they hide…'
    if (slices.story.unseen.length > 0)
      return 'No byte is hidden. Layers known from before were not searched for secrets: r in the layers reads one.'
    return slices.story.checked
      ? 'No byte is hidden, and nothing was found that is wrong.'
      : 'No byte is hidden. Looking for what else is wrong…'
  },
  commands: {
    'story.enter': (state, { row }) => enter(state, row),
    'story.next': state => goToPart(state, 1),
    'story.previous': state => goToPart(state, -1),
    'story.mark': (state, { row, rows }) => mark(state, row, rows.length),
  },
  idle: (state, row) => [
    ...(row?.kind === 'act' || row?.kind === 'rule' ? [] : (['story.mark'] as const)),
    ...(partBeside(state, 1) === undefined ? (['story.next'] as const) : []),
  ],
  receive: (state, action) => {
    if (action.type === 'analysed') return refresh(state)
    if (action.type === 'opened' && action.id === 'shown') return [state, [{ type: 'check', image: 'shown' }]]
    if (action.type === 'checked' && action.id === 'shown') {
      const { findings, texts, isWhole: checked, unseen = [] } = action
      // An answer about fewer layers may come after that about all.
      if (state.slices.story.checked && !checked) return [state, []]
      return [withSlice(state, 'story', { ...state.slices.story, findings, texts, checked, unseen }), []]
    }
    if (action.type === 'layer-read' && action.id === 'shown' && state.slices.story.unseen.includes(action.layer))
      return [state, [{ type: 'check', image: 'shown' }]]
    if (action.type !== 'computed' || action.answer.kind !== 'story') return undefined
    return [withSlice(state, 'story', { ...state.slices.story, story: action.answer.story }), []]
  },
  previews: (_, row) => previewed(row),
  copies: (_, row) =>
    pathCopies(
      row?.kind === 'act' ? row.act.path : row?.kind === 'rule' ? (row.group.findings[0]?.path ?? undefined) : undefined,
    ),
}

function previewed(row: StoryRow | undefined): PreviewSubject | undefined {
  if (row?.kind === 'act') return { kind: 'act', act: row.act }
  if (row?.kind === 'twice') return { kind: 'twice', duplicate: row.duplicate }
  const [finding] = row?.kind === 'rule' ? row.group.findings : []
  return finding === undefined || row?.kind !== 'rule' ? undefined : { kind: 'finding', finding, others: row.group.count - 1 }
}

/** The story of the layers as they are read now. */
function refresh(state: State): Step<Effect> {
  const stack = state.image?.analysis?.stack
  if (stack === undefined || state.slices.story.story?.stack === stack) return [state, []]
  // Of layers that were only listed nothing is found: the answer would be that of the documents again.
  const isKnown =
    isRead(state.image) || state.image?.progress.some(each => each.status === 'read' && !isListing(each.reading)) === true
  const check: readonly Effect[] = isKnown ? [{ type: 'check', image: 'shown' }] : []
  return [state, [{ type: 'compute', tag: 'story', job: { kind: 'story', stack } }, ...check]]
}

/** Whether every layer was read: of one that was only listed nothing is known but its names and sizes. */
function isRead(image: OpenImage | undefined): boolean {
  return isWhole(image) && image?.progress.every(each => each.status === 'read' && !isListing(each.reading)) === true
}

function isWhole(image: OpenImage | undefined): boolean {
  return image?.analysis?.complete === true
}

/** Whether the acts are those of all layers: they are computed after the last layer is read. */
function isTold({ image, slices }: State): boolean {
  const { story } = slices.story
  return story !== undefined && soFarOf(image, story.stack) === ''
}

function progressWords(state: State): string {
  const { image, slices } = state
  if (image === undefined) return ''
  const layers = image.image.layers.length
  if (!isWhole(image)) return `so far: ${image.analysis?.layers ?? 0} of ${layers} layers`
  const all = countOf(layers, 'layer')
  if (!isTold(state)) return `${all} · adding up`
  if (slices.story.checked) return all
  const unseen = slices.story.unseen.length
  if (unseen > 0) return `${all} · ${unseen} not searched for secrets`
  return `${all} · ${isRead(image) ? 'checking' : 'listed, not checked'}`
}

/** Compressed bytes that a squash of everything is estimated to save: each layer's size by the share of it that is hidden. */
function savingLine(image: OpenImage | undefined): Line {
  if (image?.analysis === undefined || !isWhole(image)) return []
  const sizes = image.image.layers.map(({ blob }) => blob.size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const saved = sizes.reduce((sum, size, layer) => sum + Math.round(size * hiddenShare(image, layer)), 0)
  if (saved === 0) return line(span('nothing to save by a squash', 'good'))
  return line(span('a squash saves ', 'dim'), span(`~${formatSize(saved)}`, 'strong'), span(` of ${formatSize(total)}`, 'dim'))
}

function hiddenShare({ analysis }: OpenImage, layer: number): number {
  const shipped = analysis?.shipped[layer] ?? 0
  return shipped === 0 ? 0 : Math.min(1, (analysis?.hidden[layer] ?? 0) / shipped)
}

/** The ribbon of layers, each as wide as it weighs. */
function banner({ image, slices, settings }: State, width: number): readonly Line[] {
  if (image === undefined || image.image.layers.length === 0) return []
  const litter = litterByLayer(slices.story.findings)
  const stretches = image.image.layers.map(({ blob, position }): RibbonPart => {
    const shipped = Math.max(1, image.analysis?.shipped[position] ?? 1)
    return {
      label: String(position + 1),
      tint: layerTint(position),
      click: { command: 'go-to-layer', argument: String(position) },
      bytes: blob.size,
      hidden: blob.size * hiddenShare(image, position),
      litter: blob.size * Math.min(1, (litter.get(position) ?? 0) / shipped),
    }
  })
  const legend = ribbonLegend(settings.ascii)
  const room = width - lineWidth(legend) - 2
  if (room < 24) return ribbon(stretches, width, settings.ascii)
  const [labels, shades] = ribbon(stretches, room, settings.ascii)
  return [line(...labels, '  ', ...legend), shades]
}

const HEADS: Readonly<Record<StorySection, string>> = {
  hidden: 'HIDDEN',
  secrets: 'SECRETS',
  start: 'START',
  litter: 'LITTER',
  findings: 'FINDINGS',
  twice: 'TWICE',
}

const NOTES: Readonly<Record<StorySection, string>> = {
  hidden: '',
  secrets: 'every pull of the image contains them',
  start: 'keeps the image from starting',
  litter: 'alive, and no run needs it',
  findings: '',
  twice: 'the same content under several names',
}

function rowLine(state: State, row: StoryRow, width: number): Line {
  if (row.kind === 'heading') return headingLine(state, row, width)
  if (row.kind === 'act') return actLine(state, row.act, width)
  if (row.kind === 'more')
    return line(' ', span(padStart(formatSize(row.bytes), SIZE), 'dim'), '  ', span(`in ${formatCount(row.count)} more`, 'dim'))
  if (row.kind === 'twice') {
    const { extra, paths } = row.duplicate
    const names = paths.map(path => `/${displayPath(path)}`).join(' = ')
    return line(' ', span(padStart(formatSize(extra), SIZE), 'number'), '  ', span(cut(names, width - SIZE - 3)))
  }
  return ruleLine(state, row, width)
}

/** One rule: how many bytes in which layers, what is wrong, and where, while that is one place. */
function ruleLine({ slices }: State, { group, bytes }: Extract<StoryRow, { kind: 'rule' }>, width: number): Line {
  const { findings, severity, count, title } = group
  const layers = [...new Set(findings.flatMap(({ layer }) => layer ?? []))].sort((a, b) => a - b)
  const where =
    layers.length === 0 ? '' : `layer ${layers.length > 3 ? `${layers.slice(0, 2).map(numbered)} …` : layers.map(numbered)}`
  const [first] = findings
  const path = count > 1 ? `${formatCount(count)} of them` : first?.path ? `/${displayPath(first.path)}` : ''
  const isMarked = findings.every(each => isFixMarked(slices.marks, each))
  const fixed = line(
    span(isMarked ? '*' : ' ', 'accent'),
    span(padStart(bytes === 0 ? '' : formatSize(bytes), SIZE), 'number'),
    '  ',
    span(padEnd(cut(where, WHERE), WHERE), 'dim'),
    ' ',
    span(title, severityRole(severity)),
  )
  const room = width - lineWidth(fixed) - 2
  return path === '' || room < 8 ? fixed : line(...fixed, '  ', span(cutPath(path, room), 'dim'))
}

function numbered(layer: number): number {
  return layer + 1
}

/** Cells of the layers before a rule's title. */
const WHERE = 11

function headingLine(state: State, row: Extract<StoryRow, { kind: 'heading' }>, width: number): Line {
  const isSure = row.section === 'hidden' || row.section === 'twice' ? isTold(state) : state.slices.story.checked
  const amount = row.bytes > 0 ? ` ${formatSize(row.bytes)}` : ` ${formatCount(row.count)}`
  const head = line(span(HEADS[row.section], 'title'), span(amount, 'strong'), span(isSure ? '' : ' so far', 'accent'))
  if (row.section !== 'hidden')
    return line(...head, '  ', span(cut(NOTES[row.section], Math.max(0, width - lineWidth(head) - 2)), 'dim'))
  const { shipper, gap } = actCells(width)
  const left = padEnd('', Math.max(1, 1 + SIZE + 1 + BAR + 1 - lineWidth(head)))
  return line(...head, left, span(padEnd('shipped by', shipper + gap.length), 'dim'), span('hidden by', 'dim'))
}

const TABS_OF: Readonly<Partial<Record<StorySection, 'waste' | 'biggest'>>> = { hidden: 'waste', twice: 'biggest' }

function enter(state: State, row: StoryRow | undefined): Step<Effect> {
  if (row === undefined) return [state, []]
  if (row.kind === 'act') return showInFiles(state, row.act.path, row.act.shippedBy)
  if (row.kind === 'twice')
    return showInFiles(state, row.duplicate.paths[0] ?? ('' as never), (state.image?.image.layers.length ?? 1) - 1)
  if (row.kind === 'rule') {
    const [first] = row.group.findings
    return first !== undefined && row.group.findings.length === 1
      ? goToFinding(state, first)
      : openFindingsOf(state, row.group.id)
  }
  const tab = TABS_OF[row.section]
  return tab === undefined ? openFindings(state) : showRanked(jumpTo(state, { tab }), tab)
}

function mark(state: State, row: StoryRow | undefined, length: number): Step<Effect> {
  if (row?.kind === 'act')
    return markWaste(state, 'story', { path: row.act.path, layer: row.act.shippedBy, hiddenBy: row.act.hiddenBy }, length)
  if (row?.kind !== 'rule') return [state, []]
  const [next, effects] = markFixes(state, row.group.findings)
  const cursor = move(state.cursors.story, 'down', length, Math.max(1, state.size.rows - 5))
  return [next.slices.marks === state.slices.marks ? next : withCursor(next, 'story', cursor), effects]
}

/** `n` and `N`: the first row of the next part of the story, or of the part before; its rows are the worst first. */
function goToPart(state: State, by: 1 | -1): Step<Effect> {
  const to = partBeside(state, by)
  const { length } = storyRows(state.slices.story)
  if (to === undefined) return [state, []]
  return [withCursor(state, 'story', moveTo(state.cursors.story, to, length, Math.max(1, state.size.rows - 5))), []]
}

/** Where `goToPart` leads; undefined where there is no such part. */
function partBeside({ slices, cursors }: State, by: 1 | -1): number | undefined {
  const firsts = storyRows(slices.story).flatMap(({ kind }, index) => (kind === 'heading' ? [index + 1] : []))
  const { index } = cursors.story
  return by === 1 ? firsts.find(first => first - 1 > index) : firsts.findLast(first => first < index)
}
