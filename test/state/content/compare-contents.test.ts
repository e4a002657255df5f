import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { lookInto } from '../../../src/compare/look-into.ts'
import { finish } from '../../../src/overlay/steps.ts'
import { comparingContents } from '../../../src/state/content/compare-contents.ts'
import type { Action } from '../../../src/state/model/action.ts'
import { DIFFERENCE_BYTES } from '../../../src/state/model/difference.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import { createPerformer } from '../../../src/state/perform/perform.ts'
import { createProgram } from '../../../src/state/perform/program.ts'
import type { World } from '../../../src/state/perform/world.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { fakeWorld } from '../../kit/state/fake-world.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

/** A megabyte of lines that both texts have, in such an order that none of them is found soon. */
const lines = Array.from({ length: 65_000 }, (_, index) => `line ${String(index).padStart(9, '0')}\n`)
const [before, after] = [Buffer.from(lines.join('')), Buffer.from(lines.toReversed().join(''))]
const effect: Effect = { type: 'difference', tag: 'difference-lines', before, after }

/** A world whose lookers count how many of them are not closed. */
function worldWithLookers(): { readonly world: World; open(): number } {
  let open = 0
  const outside = fakeWorld([], {
    looker: () => {
      open++
      return {
        parts: async (mine, theirs) => lookInto({ before: mine, after: theirs, path: undefined }).facts,
        noise: async () => undefined,
        close: async () => void open--,
      }
    },
  })
  const quiet = { copy: () => true, repaint: () => undefined, suspend: async () => undefined, quit: () => undefined }
  return { world: { ...outside, ...quiet, page: async () => undefined }, open: () => open }
}

test('a larger file says why it has no lines, a smaller one needs not', () => {
  const factsOf = (size: number) => {
    const contents = ['a', 'b'].map(letter => Buffer.from(letter.repeat(size))) as [Buffer, Buffer]
    return finish(comparingContents(...contents, [])).facts
  }
  assert.deepEqual(factsOf(DIFFERENCE_BYTES), [])
  assert.equal(factsOf(DIFFERENCE_BYTES + 1)[0], 'larger than 1.05 MB: not compared line by line')
})

describe('comparing a megabyte of text', () => {
  test('keys are acted on between its slices', async () => {
    const { world, open } = worldWithLookers()
    const { state } = await readImageState([layerFixture({ a: '1', b: '2', c: '3' })])
    const program = createProgram(world, { ...state, slices: { ...state.slices, difference: undefined } })
    let answers = 0
    const performer = createPerformer(world, action => {
      if (action.type === 'difference-found') answers++
      program.dispatch(action)
    })
    performer.perform(effect)
    let keys = 0
    for (; answers === 0; keys++) {
      const { focus } = program.state()
      program.dispatch({ type: 'key', key: 'tab' })
      assert.notEqual(program.state().focus, focus)
      await turn()
    }
    // In one go it would be one; the slices are of some milliseconds, the work is of a hundred.
    assert.ok(keys >= 5, `${keys} keys`)
    assert.equal(open(), 0)
    await Promise.all([performer.close(), program.close()])
  })

  test('ends when it is aborted, without an answer, and nothing of it goes on', async () => {
    const { world, open } = worldWithLookers()
    const answers: Action[] = []
    const performer = createPerformer(world, action => answers.push(action))
    performer.perform(effect)
    for (let turns = 0; turns < 3; turns++) await turn()
    assert.deepEqual([answers, open()], [[], 1])
    performer.perform({ type: 'abort', key: 'difference:difference-lines' })
    while (open() > 0) await turn()
    assert.deepEqual(answers, [])
    await performer.close()
  })
})
