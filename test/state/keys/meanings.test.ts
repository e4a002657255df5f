import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withOwnKeys } from '../../../src/state/keys/key-map.ts'
import { KEYS } from '../../../src/state/keys/keys.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

/** The meaning of each letter, as the last words of the commands that it runs in any view. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  a: ['upto', 'squash-all', 'mark-all'],
  d: ['describe', 'details', 'focus-details', 'difference', 'explain'],
  f: ['filter'],
  h: ['close', 'left', 'back'],
  i: ['type', 'destination'],
  l: ['open', 'enter', 'right', 'view'],
  m: ['more', 'columns', 'colours'],
  n: ['next', 'lighter'],
  N: ['previous', 'heavier'],
  o: ['sort'],
  r: ['refresh', 'read', 'referrers', 'measure'],
  t: ['scope', 'by', 'page', 'tree', 'matrix', 'layers'],
  v: ['versions'],
  x: ['document', 'shape'],
  C: ['collapse-all', 'fold'],
  '*': ['expand-all', 'unfold', 'take-litter'],
  E: ['expand-all', 'unfold'],
  P: ['page'],
  R: ['reverse'],
  S: ['save'],
  p: ['platforms', 'choose-platform'],
  space: ['mark'],
  ']': ['page', 'tab-next'],
  '[': ['page-back', 'tab-previous'],
  '/': ['search', 'filter'],
  '=': ['compare'],
}

describe('what a key means', () => {
  test('one thing in all views', () => {
    for (const [key, bindings] of Map.groupBy(
      KEYS.flatMap(({ keys, command }) => keys.map(key => ({ key, command }))),
      each => each.key,
    )) {
      if ([...key].length > 1 && key !== 'space') continue
      const meanings = new Set(bindings.map(({ command }) => command.slice(command.indexOf('.') + 1)))
      const allowed = MEANINGS[key] ?? [[...meanings][0]]
      for (const meaning of meanings) assert.ok(allowed.includes(meaning), `${key} means ${[...meanings].join(', ')}`)
    }
  })

  test('a key of 0.1 that does nothing any more says which one does it now', async () => {
    const state = await openedState(imageFixture([layerFixture({ a: 'a' }), layerFixture({ b: 'b' })]))
    assert.match(play(state, 's', 'd')[0].message?.text ?? '', /Set the destination: i does that now/)
    assert.match(play(state, 's', 't')[0].message?.text ?? '', /in the menu of e/)
    assert.match(play(state, '2', 'u')[0].message?.text ?? '', /Hide or show unchanged files: . does/)
  })

  test('an own key of 0.1 reaches as far as it did: a newer binding of a nearer view gives way', () => {
    const { keys } = withOwnKeys(KEYS, { mouse: ['.'], zoom: ['o'] })
    const keysOf = (command: string) => keys.find(each => each.command === command)?.keys
    // `.` in the files is newer than the configuration; `o` was there before it.
    assert.deepEqual(keysOf('files.unchanged'), [])
    assert.deepEqual(keysOf('files.sort'), ['o'])
    assert.deepEqual(keysOf('mouse'), ['.'])
  })
})
