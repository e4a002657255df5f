import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { line, span } from '../../line/line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { toggled } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import { rowsOf } from '../model/rows.ts'
import type { SharedPage } from '../model/shared.ts'
import { opens, type State, type Step } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { percent, type SharedRow, sharedRows } from './shared-rows.ts'
import { receiveSet, withPage } from './shared-run.ts'

/** Which layers several images share, and what the set costs with and without sharing; from their documents alone. */
export const SHARED_VIEW: View<SharedRow, CommandsOf<'shared'>> = {
  name: 'shared layers',
  contexts: ['shared'],
  picks: true,
  title: ({ slices }) => titleOf(slices.shared.page),
  rows: ({ slices, settings }, width) => {
    const { page } = slices.shared
    return page === undefined ? [] : rowsOf(sharedRows(page, width, settings.ascii), row => row.line)
  },
  madeOf: ({ slices, settings }) => [slices.shared.page, settings.ascii],
  empty: ({ slices: { shared } }) =>
    shared.page === undefined
      ? 'Mark images with Space on the start screen, among tags or in the index, then press &.'
      : `Reading the documents of ${formatCount(shared.page.asked.length)} images: ${formatCount(shared.page.tried)} so far…`,
  commands: {
    'shared.enter': (state, { row }) => onPage(state, page => enter(state, page, row)),
    back: state => leave(state),
    close: state => leave(state),
  },
  receive: receiveSet,
  idle: (_, row) => (row?.kind === 'image' || row?.kind === 'group' ? [] : ['shared.enter']),
  compares: ({ slices }, row) => (row?.kind === 'image' ? slices.shared.page?.asked[row.index] : undefined),
  copies: ({ slices }, row) => {
    if (row?.kind === 'layer')
      return [{ label: `digest  ${row.layer.digest}`, command: 'copy', argument: `the digest\n${row.layer.digest}` }]
    const image = row?.kind === 'image' ? slices.shared.page?.asked[row.index] : undefined
    return image === undefined
      ? []
      : [{ label: `name  ${image.label}`, command: 'copy', argument: `the name\n${image.reference}` }]
  },
  crumbs: () => ['shared layers'],
}

function titleOf(page: SharedPage | undefined): ReturnType<(typeof SHARED_VIEW)['title']> {
  if (page === undefined) return { left: [], right: [] }
  const left = line(span(`${formatCount(page.asked.length)} images`, 'strong'))
  const shared = page.found?.shared
  if (shared === undefined) return { left, right: line(span('reading…', 'dim')) }
  const saved = percent(shared.total - shared.stored, shared.total)
  return {
    left,
    right: line(span(`${formatSize(shared.stored)} of ${formatSize(shared.total)}${saved === 0 ? '' : `, −${saved} %`}`, 'dim')),
  }
}

function onPage(state: State, act: (page: SharedPage) => Step<Effect>): Step<Effect> {
  const { page } = state.slices.shared
  return page === undefined ? [state, []] : act(page)
}

/** An image is opened, a group shows its layers. */
function enter(state: State, page: SharedPage, row: SharedRow | undefined): Step<Effect> {
  if (row?.kind === 'group') return [withPage(state, { ...page, open: toggled(page.open, row.key) }), []]
  const image = row?.kind === 'image' ? page.asked[row.index] : undefined
  if (image === undefined) return [state, []]
  const { reference, digest, platform, label } = image
  return [
    opens(state, label),
    [
      {
        type: 'open',
        image: 'shown',
        reference,
        ...(digest !== undefined && { digest }),
        ...(platform !== undefined && { platform }),
      },
    ],
  ]
}

/** On the start screen the page lies over its lists: leaving it stops what is still asked for. */
function leave(state: State): Step<Effect> | undefined {
  const { page } = state.slices.shared
  if (page?.on !== 'start') return undefined
  if (state.screen.opening !== undefined) return [opens(state, undefined), [{ type: 'abort', key: 'open' }]]
  return [withPage(state, undefined), page.found === undefined ? [{ type: 'abort', key: 'load-set:load-set' }] : []]
}
