import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import { shownRows } from '../../src/state/shell/given.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

test('Enter in the layer pane follows the digest under the cursor, also below values that take several rows', async () => {
  const command = `RUN ${'apt-get install -y some-package && '.repeat(12)}true`
  const fixture = imageFixture([layerFixture({ a: '1' }, { history: { created_by: command } }), layerFixture({ b: '1' })])
  const [state] = play({ ...(await openedState(fixture)), size: { columns: 120, rows: 60 } }, 'tab', 'tab')
  const rows = shownRows(state, 'details')
  const lines = rows.slice(0, rows.length).map(({ line }) => plainText(line))
  const digest = lines.findIndex(text => text.startsWith(' digest'))
  assert.ok(digest > 8, 'the command takes several rows')
  const at = (index: number) => ({ ...state, cursors: { ...state.cursors, details: { index, top: 0 } } })
  const [followed] = play(at(digest), 'enter')
  assert.deepEqual([followed.focus, followed.trail.length], ['layers', 1])
  const [stays] = play(at(2), 'enter')
  assert.equal(stays.trail.length, 0, 'a row of the command has nothing to follow')
})

test('a DiffID that was held against the bytes in an earlier run is known from before, not verified', async () => {
  const { state } = await readImageState([layerFixture({ a: '1' })])
  const { image } = state
  const [progress] = image?.progress ?? []
  if (image === undefined || progress?.status !== 'read') assert.fail()
  const remembered = { ...image, progress: [{ ...progress, reading: { ...progress.reading, remembered: true as const } }] }
  const told = (each: typeof state) => {
    const rows = shownRows(each, 'details')
    const lines = rows.slice(0, rows.length).map(({ line }) => plainText(line))
    return lines
      .find(line => line.includes('DiffID'))
      ?.trimEnd()
      .split('  ')
      .at(-1)
  }
  assert.equal(told(state), 'verified')
  assert.equal(told({ ...state, image: remembered }), 'known from before')
})
