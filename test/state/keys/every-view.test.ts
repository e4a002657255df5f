import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { activeBindings } from '../../../src/state/keys/key-map.ts'
import { VIEW_IDS } from '../../../src/state/keys/view-id.ts'
import { isIdleOfArtifact } from '../../../src/state/marks/of-artifact.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import { focusedView, type State, withCursor } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { rowUnder, shownRows } from '../../../src/state/shell/given.ts'
import { areaOf, topLines } from '../../../src/state/shell/pane.ts'
import { update } from '../../../src/state/shell/update.ts'
import { contextsOf, VIEWS } from '../../../src/state/shell/views.ts'
import { play as pressed } from '../../kit/state/opened-state.ts'
import { play, seenViews, state } from '../../kit/state/seen-views.ts'

const SEEN = await seenViews()

/** The parts of the state that a mark, a removal or a write would change. */
const CHANGING = new Set(['save', 'save-bytes', 'save-text', 'rebuild'])

test('what was marked for a comparison is not told any more once it is compared', () => {
  const marked = play(state, '1', 'g', '=')
  assert.match(marked.message?.text ?? '', /is marked/)
  assert.equal(play(marked, 'G', '=').message, undefined)
})

test('the title of every view begins with a name of its own', () => {
  const names = VIEW_IDS.map(id => VIEWS[id].name)
  for (const name of names) assert.match(name, /^[a-z][a-z ]*$/)
  assert.equal(new Set(names).size, names.length)
})

function hasCopies(state: State): boolean {
  const view = focusedView(state)
  return (VIEWS[view].copies?.(state, rowUnder(state, view)) ?? []).length > 0
}

/** Whether more than the message is other than before. */
function changes(before: State, after: State): boolean {
  const { message: _, ...rest } = after
  return Object.entries(rest).some(([name, value]) => before[name as keyof State] !== value)
}

describe('every view and its keys', () => {
  test('no view is left out', () => {
    const seen = new Set(Object.values(SEEN).map(focusedView))
    assert.deepEqual(
      VIEW_IDS.filter(id => !seen.has(id)),
      [],
    )
  })

  for (const [name, seen] of Object.entries(SEEN)) {
    test(`${name}: what the footer offers does something on every row`, () => {
      const view = focusedView(seen)
      assert.equal(view, name.split(':')[0])
      const rows = VIEWS[view].picks ? Math.max(1, Math.min(40, shownRows(seen, view).length)) : 1
      for (let index = 0; index < rows; index++) {
        const quiet: State = {
          ...withCursor(seen, view, { index, top: 0 }),
          message: undefined,
          size: { columns: 300, rows: 40 },
        }
        const footer = footerLines(quiet).map(plainText).join('')
        const idle = VIEWS[view].idle?.(quiet, rowUnder(quiet, view)) ?? []
        for (const { keys, hint, command } of activeBindings(quiet.keys, contextsOf(quiet))) {
          if (hint === undefined || keys.length === 0 || idle.includes(command)) continue
          // Beside the list the preview needs no hint; a row without copies has none.
          if (command === 'focus-details' || (command === 'copy-menu' && !hasCopies(quiet))) continue
          // Blobs of an artifact are not squashed.
          if (isIdleOfArtifact(quiet, command)) continue
          assert.ok(footer.includes(hint), `${hint} is not in ${footer}`)
          const [next, effects] = update(quiet, { type: 'key', key: keys[0] ?? '' })
          // A sentence alone says why nothing is done.
          assert.ok(
            changes(quiet, next) || effects.some(({ type }) => type !== 'wait'),
            `${command} does nothing in row ${index} of ${name}`,
          )
        }
      }
    })

    test(`${name}: the title says where the cursor is; an empty list says so`, () => {
      const view = VIEWS[focusedView(seen)]
      const title = plainText(topLines(seen, areaOf(seen, focusedView(seen)))[0] ?? [])
      const { length } = shownRows(seen, focusedView(seen))
      // The view alone has rows; another shape of it may be empty.
      assert.ok(length > 0 || name.includes(':'), `${name} has no rows`)
      assert.ok(length > 0 || view.empty(seen).length > 0, `${name} does not say why it is empty`)
      if (view.picks && length > 0) assert.match(title, new RegExp(`\\d+/${length} *$`))
      const fresh = firstState(seen.size)
      assert.ok(view.empty({ ...fresh, image: seen.image }).length > 0 || view.empty(seen).length > 0)
    })

    test(`${name}: : and Enter, before a letter is typed, do no more than a move or a look`, () => {
      const quiet = { ...seen, message: undefined }
      const [next, effects] = pressed(quiet, ':', 'enter')
      assert.equal(next.slices.marks, quiet.slices.marks)
      assert.equal(next.slices.plan, quiet.slices.plan)
      assert.equal(next.slices.compare.marked, quiet.slices.compare.marked)
      const changing = effects.filter(({ type }) => CHANGING.has(type) || ['quit', 'copy', 'serve'].includes(type))
      assert.deepEqual(changing, [])
    })

    test(`${name}: : with one letter and Enter marks, removes and writes nothing`, () => {
      for (let code = 0x21; code < 0x7f; code++) {
        const quiet = { ...seen, message: undefined }
        const [next, effects] = pressed(quiet, ':', String.fromCharCode(code), 'enter')
        const letter = String.fromCharCode(code)
        // `:w` asks where to write to.
        if (letter.toLowerCase() === 'w') continue
        assert.equal(next.slices.marks, quiet.slices.marks, `${letter} marks`)
        assert.equal(next.slices.plan?.plan, quiet.slices.plan?.plan, `${letter} changes the plan`)
        // A dry run only measures.
        const changing = effects.filter(each => CHANGING.has(each.type) && (each.type !== 'rebuild' || each.tag === 'write'))
        assert.deepEqual(changing, [], `${letter} writes`)
      }
    })
  }

  test(':w asks where to write to', () => {
    const [next] = pressed(play(state, '2'), ':', 'w', 'enter')
    assert.equal(next.dialog?.type, 'prompt')
    assert.equal(next.dialog?.type === 'prompt' && next.dialog.command, 'plan.destination')
  })

  test('a filter without a match says so, and the title has the sum of what matches', () => {
    const none = play(state, '2', 'f', ...'nosuch')
    assert.match(VIEWS.files.empty(none), /No path matches “nosuch”/)
    assert.equal(shownRows(none, 'files').length, 0)
    const some = play(state, '2', 'f', ...'new')
    assert.match(plainText(topLines(some, areaOf(some, 'files'))[0] ?? []), /1 of 7 · 2\.00 of 2\.01 kB/)
    const gone = play(state, '2', 'f', ...'change:removed')
    assert.match(plainText(topLines(gone, areaOf(gone, 'files'))[0] ?? []), /1 of 7 · 4\.00 kB removed/)
  })

  test('where nothing is listed the footer offers no search, sort or mark; only a filter that is on can be changed', () => {
    const footer = (now: State) =>
      footerLines({ ...now, dialog: undefined, size: { columns: 300, rows: 40 } })
        .map(plainText)
        .join('')
    const unread = { ...state.image, analysis: undefined } as State['image']
    const { image: _, ...rest } = state
    for (const [tab, id] of [
      ['2', 'files'],
      ['3', 'waste'],
      ['4', 'biggest'],
    ] as const) {
      const { slices } = firstState(state.size)
      const empty = play(
        {
          ...rest,
          image: unread,
          slices: { ...state.slices, files: slices.files, waste: slices.waste, biggest: slices.biggest },
        },
        tab,
      )
      assert.equal(shownRows(empty, id).length, 0)
      assert.doesNotMatch(footer(empty), / (filter|search|sort|mark|open|look|go to it) /, id)
      assert.match(footer(empty), /anything/)
      const filtered = play(play(state, tab), 'f', ...'nosuch')
      assert.equal(shownRows(filtered, id).length, 0)
      assert.doesNotMatch(footer(filtered), / (search|sort|mark|open|look|go to it) /, id)
      assert.match(footer(filtered), / filter /, id)
    }
  })

  test('Tab completes fields and words in the filter line', () => {
    const text = (now: State) => (now.dialog?.type === 'prompt' ? now.dialog.field.text : undefined)
    assert.equal(text(play(state, '2', 'f', ...'ch', 'tab')), 'change:')
    assert.equal(text(play(state, '2', 'f', ...'>1k ch', 'tab', 'r', 'tab')), '>1k change:removed')
    assert.equal(text(play(state, '2', 'f', ...'mo', 'tab')), 'mode:')
    assert.equal(text(play(state, '2', 'f', ...'x', 'tab')), 'x')
    const several = play(state, '2', 'f', ...'type:d', 'tab')
    assert.equal(text(several), 'type:directory')
    assert.equal(text(play(several, 'tab')), 'type:dir')
  })
})
