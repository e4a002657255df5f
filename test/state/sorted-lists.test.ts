import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import type { ViewId } from '../../src/state/keys/view-id.ts'
import type { State } from '../../src/state/model/state.ts'
import { areaOf, topLines } from '../../src/state/shell/pane.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState, rowTexts } from '../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'a/big': 'x'.repeat(9000), 'a/cut': 'y'.repeat(5000), 'b/kept': { content: 'z'.repeat(700), uid: 7 } }),
  layerFixture({ 'a/big': 'X'.repeat(4000), 'c/new': { content: 'w'.repeat(300), mode: 0o600 } }),
  layerFixture({ 'a/.wh.cut': '', 'c/new': 'v'.repeat(20) }),
])

const UNITS = ['B', 'kB', 'MB']
const bytesOf = (text: string) => Number.parseFloat(text) * 1000 ** UNITS.indexOf(/[kM]?B/.exec(text)?.[0] ?? '')
const SIZE = /^ *([\d.]+ [kM]?B)/
const PATH = / (\/\S+)/

/** The value in each column of a row, as it is sorted. */
const COLUMNS: Readonly<Partial<Record<ViewId, Readonly<Record<string, (row: string) => number | string>>>>> = {
  waste: {
    size: row => bytesOf(SIZE.exec(row)?.[1] ?? ''),
    layer: row => Number(/B +(\d+)/.exec(row)?.[1]),
    'hidden by': row => Number(/B +\d+ +(\d+)/.exec(row)?.[1]),
    cause: row => /B +\d+ +\d+ +(\S+)/.exec(row)?.[1] ?? '',
    path: row => PATH.exec(row)?.[1] ?? '',
  },
  biggest: {
    size: row => bytesOf(SIZE.exec(row)?.[1] ?? ''),
    layer: row => Number(/ (\d+) +\//.exec(row)?.[1]),
    path: row => PATH.exec(row)?.[1] ?? '',
  },
}

function headsOf(shown: State, id: ViewId): string {
  return topLines(shown, areaOf(shown, id)).map(plainText).join('\n')
}

/** The column whose head has an arrow in the pane of the list, and which way round it points. */
function sortOf(shown: State, id: ViewId): { readonly column: string; readonly descending: boolean } {
  const heads = headsOf(shown, id)
  assert.equal(heads.match(/[↑↓]/g)?.length, 1, heads)
  const [, column = '', arrow] = /((?:hidden )?\w*)([↑↓])/.exec(heads) ?? assert.fail(heads)
  return { column, descending: arrow === '↓' }
}

describe('lists are sorted by what their heads say', () => {
  for (const [id, key] of [
    ['waste', '3'],
    ['biggest', '4'],
  ] as const) {
    test(`${id}: every column, both ways`, () => {
      const values = COLUMNS[id] ?? {}
      let now: State = play({ ...state, size: { columns: 120, rows: 40 } }, key, 'z')
      const seen = new Set<string>()
      for (let turn = 0; turn < Object.keys(values).length; turn++) {
        for (const shown of [now, play(now, 'R')]) {
          const { column, descending } = sortOf(shown, id)
          seen.add(column)
          const value = values[column] ?? assert.fail(`${column} is no column of ${id}`)
          const found = rowTexts(shown, id).map(value)
          const sorted = found.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0))
          assert.deepEqual(found, descending ? sorted.reverse() : sorted, `${id} by ${column}`)
        }
        now = play(now, 'o')
      }
      assert.deepEqual([...seen].sort(), Object.keys(values).sort())
    })
  }

  test('the column that sorts is named at every width and with every set of columns, where it is not shown too', () => {
    for (const [id, key] of [
      ['files', '2'],
      ['waste', '3'],
      ['biggest', '4'],
    ] as const) {
      for (const columns of [44, 80, 200]) {
        let now: State = play({ ...state, size: { columns, rows: 40 } }, key, 'z')
        for (let turn = 0; turn < 24; turn++) {
          sortOf(now, id)
          now = play(now, turn % 8 === 7 && id === 'files' ? 'm' : 'o')
        }
      }
    }
    const byTime = play(state, '2', 'z', { type: 'command', command: 'files.sort-by', argument: 'time' })
    assert.match(headsOf(byTime, 'files'), /path · by time↓/)
    assert.match(headsOf({ ...play(byTime, 'm', 'm'), size: { columns: 120, rows: 40 } }, 'files'), /modified↓ +path *$/)
  })
})
