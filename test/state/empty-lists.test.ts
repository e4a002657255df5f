import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import { type State, withPanes } from '../../src/state/model/state.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { layout, paneLines } from '../../src/state/shell/pane.ts'
import { tabBarLine } from '../../src/state/shell/tab-bar.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const { state, play } = await readImageState([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })])

function screenOf(of: State): string {
  const [area] = layout(of).panes
  return area === undefined
    ? ''
    : paneLines(of, area)
        .map(({ spans }) => plainText(spans))
        .join('\n')
}

const hintsOf = (of: State) => footerLines(of).map(plainText).join(' ')

describe('an empty list', () => {
  test('of findings says so, and hints at nothing that needs one', () => {
    const filtered = play(state, '!', 'f', ...'xyz', 'enter')
    assert.match(screenOf(filtered), /No finding so far matches “xyz”. Esc shows all again./)
    assert.match(hintsOf(filtered), /filter/)
    const none = play(filtered, 'escape')
    for (const each of [filtered, none]) assert.doesNotMatch(hintsOf(each), /go to it|explain|mark|copy the fix/)
  })

  test('of layers says which words no command has, and hints at the way to others', () => {
    const none = play(state, '1', '/', ...'xyz', 'enter')
    assert.match(screenOf(none), /No command has all of “xyz”. Esc shows all layers again./)
    assert.doesNotMatch(hintsOf(none), /its files|mark|matrix|up to here/)
    assert.match(hintsOf(none), /find/)
    assert.match(hintsOf(play(none, 'escape')), /its files/)
  })
})

test('no tab is open while pages of more than this image are shown', () => {
  const inverse = (of: State) => tabBarLine(of).filter(({ role }) => role === 'cursor')
  for (const id of ['compare', 'shared', 'serve'] as const) assert.deepEqual(inverse(withPanes(state, { over: [id] })), [])
  assert.equal(inverse(state).length, 1)
})
