import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findFirst, findNext } from '../../../src/state/content/content-find.ts'
import { withBytes } from '../../../src/state/content/content-receive.ts'
import { setContent } from '../../../src/state/content/content-state.ts'
import { FILE_VIEW } from '../../../src/state/content/document-views.ts'
import { startContent } from '../../../src/state/model/content.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'

/** A command of the file's view. */
function run(state: State, command: 'document.fold' | 'document.wrap'): State {
  const given = { argument: undefined, row: undefined, rows: FILE_VIEW.rows(state, 80) }
  return FILE_VIEW.commands[command](state, given)?.[0] ?? state
}

/** The state with a file of this text open, a search begun at its start. */
function opened(text: string): State {
  const bytes = Buffer.from(text)
  const content = startContent({ kind: 'entry', image: 'shown', layer: 0, entry: 0 }, '/file', bytes.length, undefined)
  const search = { text: '', from: 0 }
  return setContent(firstState({ columns: 80, rows: 24 }), 'file', { ...withBytes(content, 0, bytes, bytes.length), search })
}

const row = (state: State) => state.cursors.file.index
const outcome = (state: State) => state.slices.file?.search?.outcome

describe('a search in a content', () => {
  const TEXT = Array.from({ length: 100 }, (_, line) => (line % 40 === 5 ? 'needle' : `line ${line}`)).join('\n')

  test('goes on at the other end, and says so', () => {
    let [state] = findFirst(opened(TEXT), 'file', 'needle')
    const seen: (number | string | undefined)[] = [row(state)]
    for (let press = 0; press < 3; press++) {
      ;[state] = findNext(state, 'file', 1)
      seen.push(row(state), outcome(state))
    }
    assert.deepEqual(seen, [5, 45, undefined, 85, undefined, 5, 'wrapped'])
    assert.match(state.message?.text ?? '', /wrapped/)
    ;[state] = findNext(state, 'file', -1)
    assert.deepEqual([row(state), outcome(state)], [85, 'wrapped'])
  })

  test('says when there is nothing to find, and stays where it was', () => {
    const [state] = findFirst(opened(TEXT), 'file', 'nothing')
    assert.deepEqual([row(state), outcome(state)], [0, 'none'])
  })

  test('in JSON: in folded lines too, in the row of a long line that holds it, as it is written on the screen', () => {
    const text = JSON.stringify({ first: { name: 'one' }, long: `${'x'.repeat(300)}needle`, name: 'two' })
    const folded = run(opened(text), 'document.fold')
    let [state] = findFirst(folded, 'file', '"name": "')
    assert.deepEqual([row(state), state.slices.file?.folded.size], [2, 0])
    ;[state] = findNext(state, 'file', 1)
    const last = row(state)
    ;[state] = findNext(state, 'file', 1)
    assert.deepEqual([row(state), outcome(state)], [2, 'wrapped'])
    ;[state] = findFirst(state, 'file', 'needle')
    assert.deepEqual([row(state), last], [8, 9])
  })

  test('wrapping and not, the cursor stays on its line', () => {
    const [found] = findFirst(opened(`{"long": "${'x'.repeat(300)}", "name": 1}`), 'file', 'name')
    assert.equal(row(found), 6)
    const cut = run(found, 'document.wrap')
    assert.equal(row(cut), 2)
  })
})
