import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { line, span } from '../../line/line.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { rowsOf } from '../model/rows.ts'
import type { View } from '../model/view.ts'
import { showShared } from '../shared/shared-run.ts'
import { endServing, leaveServing, offPage, receiveServing } from './serving-commands.ts'
import { type ServingRow, servingRows } from './serving-rows.ts'

/** A place of this machine that answers as a registry: how it is pulled, and what clients ask for, as they ask. */
export const SERVING_VIEW: View<ServingRow, CommandsOf<'serve'>> = {
  name: 'serve',
  contexts: ['serve'],
  picks: true,
  title: ({ slices: { serving } }) => {
    if (serving === undefined) return { left: [], right: [] }
    const { label, served, total, clients } = serving
    const left = line(span(label, 'strong'), span(served === undefined ? '' : ` at ${served.origin}`, 'dim'))
    const requests = countOf(total.requests, 'request')
    const who = countOf(clients.size, 'client')
    return { left, right: line(span(`${requests} · ${formatSize(total.bytes)} · ${who}`, 'dim')) }
  },
  rows: ({ slices: { serving } }, width) => (serving === undefined ? [] : rowsOf(servingRows(serving, width), row => row.line)),
  madeOf: ({ slices: { serving } }) => [serving],
  empty: ({ slices: { serving } }) =>
    serving === undefined
      ? 'Nothing is served. Press @ on an image of this machine.'
      : `Reading the documents of ${serving.label}…`,
  commands: {
    'serve.copy': (state, { row }) => {
      if (row?.kind !== 'pull') return [state, []]
      return [state, [{ type: 'copy', what: `the command for ${row.pull.client}`, text: row.pull.command }]]
    },
    'serve.end': endServing,
    back: leaveServing,
    close: endServing,
    share: state => showShared(offPage(state) ?? state),
  },
  receive: receiveServing,
  idle: (_, row) => (row?.kind === 'pull' ? [] : ['serve.copy']),
  copies: (_, row) =>
    row?.kind === 'pull'
      ? [
          {
            label: escapeText(row.pull.command),
            command: 'copy',
            argument: `the command for ${row.pull.client}\n${row.pull.command}`,
          },
        ]
      : [],
  crumbs: () => ['serve'],
}
