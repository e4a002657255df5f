import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VIEW_IDS, type ViewId } from '../../../src/state/keys/view-id.ts'
import { EMPTY_FIELD } from '../../../src/state/model/field.ts'
import { focusedView, type State } from '../../../src/state/model/state.ts'
import { paletteEntries } from '../../../src/state/shell/palette.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const image = imageFixture([
  layerFixture({ a: 'x' }, { history: { created_by: 'RUN apt-get update' } }),
  layerFixture({ b: 'x' }, { history: { created_by: 'COPY . /app' } }),
])

/** Types into the palette, letter by letter. */
const typing = (state: State, text: string) =>
  play(state, ':', ...[...text].map(letter => (letter === ' ' ? 'space' : letter)))[0]

/** The entry that Enter runs after `text`. */
const first = (state: State, text: string) => paletteEntries(state, text)[0]

describe('the palette', () => {
  test('opens any tab by its word from any pane', async () => {
    const state = await openedState(image)
    for (const word of ['story', 'layers', 'files', 'waste', 'biggest', 'history', 'ids', 'index']) {
      assert.equal(focusedView(play(typing(state, word), 'enter')[0]), word)
    }
  })

  test('goes to a layer by its number and by its command', async () => {
    const state = await openedState(image)
    for (const query of ['2', 'layer 2', 'copy app']) {
      const [there] = play(typing(state, query), 'enter')
      assert.equal(focusedView(there), 'layers')
      assert.equal(image.layers.length, 2)
      assert.equal(there.cursors.layers.index, 1, query)
    }
    assert.deepEqual(
      paletteEntries(state, 'layer').flatMap(({ label, command }) => (command === 'go-to-layer' ? [label] : [])),
      ['Layer 1: RUN apt-get update', 'Layer 2: COPY . /app'],
    )
  })

  test('a number alone is that of a layer, whatever other layers’ commands have it', async () => {
    const layers = ['RUN 2 2 2', 'COPY . /app', 'RUN 2'].map((created_by, index) =>
      layerFixture({ [`f${index}`]: 'x' }, { history: { created_by } }),
    )
    const state = await openedState(imageFixture(layers))
    for (const query of ['2', 'layer 2', ' 2 ']) {
      const { command, argument } = first(state, query) ?? {}
      assert.deepEqual([command, argument], ['go-to-layer', '1'], query)
    }
  })

  test('finds the story by what stands on it, secrets by the filter of that name', async () => {
    assert.equal(first(await openedState(image), 'litter check')?.command, 'open-story')
    assert.equal(first(await openedState(image), 'secrets')?.command, 'use-filter')
  })

  test('a command of another pane goes there first', async () => {
    const [there] = play(typing(await openedState(image), 'waste switch between'), 'enter')
    assert.equal(focusedView(there), 'waste')
    assert.equal(there.slices.waste.by, 'layers')
  })

  test(':q quits, :w asks where a squash is written to', async () => {
    const state = await openedState(image)
    assert.deepEqual(play(typing(state, 'q'), 'enter')[1], [{ type: 'quit' }])
    const [asked] = play(typing(state, 'w'), 'enter')
    assert.equal(asked.dialog?.type, 'prompt')
    assert.equal(asked.dialog?.type === 'prompt' && asked.dialog.command, 'plan.destination')
  })

  test('what cannot be done now comes last, says why, and changes nothing', async () => {
    const state = await openedState(image)
    const entries = paletteEntries(state, 'undo the last change')
    assert.equal(entries[0]?.reason, 'in the plan of a squash')
    const [same] = play(typing(state, 'undo the last change'), 'enter')
    assert.match(same.message?.text ?? '', /in the plan of a squash/)
    assert.deepEqual({ ...same, message: undefined }, { ...state, dialog: undefined, message: undefined })
  })

  test('before an image is on the screen no squash is offered', async () => {
    const [start] = play(await openedState(image), 'O')
    assert.ok(!paletteEntries(start, '').some(({ command }) => command === 'write-to'))
    assert.equal(first(start, 'squash written')?.reason, 'with an image on the screen')
    assert.ok(paletteEntries(await openedState(image), '').some(({ command }) => command === 'write-to'))
  })

  test('one letter and Enter never marks, removes or writes, from any view', async () => {
    const state = await openedState(image)
    const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789!?']
    for (const digit of ['0', '1', '2', '3', '4', '5', '6', '7', '8']) {
      const [there] = play(state, digit)
      for (const letter of letters) {
        if (letter === 'w') continue
        const [after, effects] = play(
          {
            ...there,
            dialog: { type: 'palette', field: { ...EMPTY_FIELD, text: letter, cursor: 1 }, cursor: { index: 0, top: 0 } },
          },
          'enter',
        )
        assert.deepEqual(after.slices.marks, there.slices.marks, `:${letter} in ${focusedView(there)}`)
        assert.equal(after.slices.plan, there.slices.plan, `:${letter} in ${focusedView(there)}`)
        assert.ok(
          effects.every(({ type }) => !['rebuild', 'save', 'save-bytes', 'save-text'].includes(type)),
          `:${letter} in ${focusedView(there)}`,
        )
      }
    }
  })

  test('every command of the key table is found by its own words', async () => {
    const state = await openedState(image)
    for (const { help, command, palette, keys } of state.keys) {
      if (palette === false || keys.length === 0) continue
      assert.ok(
        paletteEntries(state, help).some(entry => entry.command === command),
        help,
      )
    }
    assert.ok(VIEW_IDS.includes('story' satisfies ViewId))
    assert.equal(first(state, 'xyzzy'), undefined)
  })
})
