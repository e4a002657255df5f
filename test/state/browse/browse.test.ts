import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf } from '../../../src/blob/digest.ts'
import { ImageError } from '../../../src/error.ts'
import { plainText } from '../../../src/line/line.ts'
import type { Listing } from '../../../src/list/listing.ts'
import { BROWSE_VIEW } from '../../../src/state/browse/browse-view.ts'
import type { Action } from '../../../src/state/model/action.ts'
import { newLevel, referenceOf, referrerTagSubject, withFilter, withNames } from '../../../src/state/model/browse.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { play } from '../../kit/state/opened-state.ts'

const TAGS: Listing = { kind: 'tags', host: 'registry.example', path: 'team/app' }
const HEX = 'a'.repeat(64)
const named = (...names: readonly string[]) => names.map(name => ({ name }))
const shown = (state: State) => state.slices.browse.at(-1)?.shown.map(({ name }) => name) ?? []

function browsing(reference = 'registry.example'): State {
  const start = firstState({ columns: 80, rows: 24 })
  return play(start, { type: 'command', command: 'start.browse', argument: reference })[0]
}

const listed = (names: readonly string[], more = true): Action => ({
  type: 'listed',
  names: named(...names),
  notices: [],
  more,
})

describe('the facts of the tag under the cursor', () => {
  const layer = (letter: string, size: number) => ({
    mediaType: 'application/layer',
    digest: digestOf(Buffer.from(letter)),
    size,
  })
  const described = (tag: string, digest: string, ...layers: ReturnType<typeof layer>[]): Action => ({
    type: 'described',
    reference: `docker://registry.example/team/app:${tag}`,
    facts: { digest: `sha256:${digest.repeat(64)}`, layers, size: 1 },
  })
  const tags = play(
    browsing(),
    { type: 'command', command: 'browse.type', argument: 'team/app' },
    listed(['3', '2', '1'], false),
  )[0]
  const footOf = (state: State) => {
    const [area] = layout(state).panes
    return area === undefined
      ? []
      : paneLines(state, area)
          .slice(-4)
          .map(({ spans }) => plainText(spans).trim())
  }

  test('are asked for by a key, never by moving', () => {
    assert.match(footOf(tags)[1] ?? '', /^d asks the registry/)
    assert.deepEqual(play(tags, 'down', 'down')[1], [])
    const [asking, effects] = play(tags, 'd')
    assert.equal(effects[0]?.type, 'describe')
    assert.equal(footOf(asking)[1], 'Asking the registry…')
  })

  test('are its digest, its layers, tags that stand for the same, and layers that it shares with the tag below', () => {
    const [one] = play(tags, described('3', 'a', layer('1', 1000), layer('2', 500)))
    assert.deepEqual(footOf(one), ['', `sha256:${'a'.repeat(64)}`, '2 layers, 1.50 kB', 'd on 2 tells what the two share.'])
    const [two] = play(one, described('2', 'b', layer('1', 1000), layer('3', 70)), described('1', 'a', layer('9', 1)))
    assert.deepEqual(footOf(two).slice(2), ['2 layers, 1.50 kB · the same as 1', 'shares 1 layer, 1.00 kB with 2'])
    assert.equal(footOf(play(two, 'down')[0])[3], 'shares no layer with 1')
  })

  test('hostile names are escaped, and a low screen has no room for them', () => {
    const [odd] = play(tags, listed(['0\u202e'], false))
    const [facts] = play(odd, described('1', 'a', layer('1', 1)), 'end', 'up')
    assert.match(footOf(facts).join(' '), /0\\u\{202e\}/)
    const [low] = play(tags, { type: 'resize', columns: 80, rows: 18 })
    assert.doesNotMatch(footOf(low).join(' '), /asks the registry/)
  })
})

describe('the title of a level', () => {
  const rightOf = (state: State) => plainText(BROWSE_VIEW.title(state).right)
  const leftOf = (state: State) => plainText(BROWSE_VIEW.title(state).left)

  test('counts what is listed, says whether more comes and what is being opened', () => {
    const asked = browsing()
    assert.equal(rightOf(asked), '0 repositories, listing…')
    const [some] = play(asked, listed(['a', 'b']))
    assert.equal(rightOf(some), '2 repositories so far, more with m')
    const [all] = play(asked, listed(['a'], false))
    assert.deepEqual([leftOf(all), rightOf(all)], ['registry.example', '1 repository'])
    const [level] = all.slices.browse
    assert.ok(level !== undefined)
    const narrowed = { ...all, slices: { ...all.slices, browse: [withFilter(level, 'x\u001b')] } }
    assert.deepEqual([leftOf(narrowed), rightOf(narrowed)], ['registry.example  filter: x\\e', '0 of 1 repository'])
    const opening = { ...all, screen: { ...all.screen, opening: 'registry.example/a' } as typeof all.screen }
    assert.equal(rightOf(opening), 'opening registry.example/a…')
    const failed = { ...all, slices: { ...all.slices, browse: [{ ...level, status: 'failed' as const }] } }
    assert.equal(rightOf(failed), 'not listed')
    const [tags] = play(asked, { type: 'command', command: 'browse.type', argument: 'team/app' }, listed(['1'], false))
    assert.equal(rightOf(tags), '1 tag')
    const engine = {
      ...all,
      slices: { ...all.slices, browse: [withNames(newLevel({ kind: 'engine' }), named('a:1', 'b:1'), false)] },
    }
    assert.equal(rightOf(engine), '2 images')
  })
})

describe('a level of browsing', () => {
  test('latest and the newest version come first, words after versions, tags that stand for referrers last', () => {
    const tags = [
      'alpine',
      '1.9',
      '1',
      'v2.0',
      'latest',
      '1.10-rc1',
      '1.10',
      '10',
      `sha256-${HEX}`,
      '1.10.2',
      '2.0-slim',
      '1.010.1',
    ]
    const level = withNames(newLevel(TAGS), named(...tags), false)
    assert.deepEqual(
      level.shown.map(({ name }) => name),
      ['latest', '10', '2.0-slim', 'v2.0', '1', '1.10', '1.10-rc1', '1.10.2', '1.010.1', '1.9', 'alpine', `sha256-${HEX}`],
    )
    const huge = withNames(newLevel(TAGS), named('9'.repeat(120), `1${'0'.repeat(120)}`), false)
    assert.deepEqual(
      huge.shown.map(({ name }) => name.length),
      [121, 120],
    )
  })

  test('an engine lists its images the newest first', () => {
    const images = [
      { name: 'old:1', facts: { created: '2020-01-01T00:00:00Z' } },
      { name: 'new:1', facts: { created: '2024-01-01T00:00:00Z' } },
      { name: 'none:1' },
    ]
    const level = withNames(newLevel({ kind: 'engine' }), images, false)
    assert.deepEqual(
      level.shown.map(({ name }) => name),
      ['new:1', 'old:1', 'none:1'],
    )
  })

  test('tags are sorted as people count, those that stand for referrers last', () => {
    const level = withNames(newLevel(TAGS), named(`sha256-${HEX}.sig`, '1.10', 'latest', '1.9', `sha256-${HEX}`), false)
    assert.deepEqual(
      level.shown.map(({ name }) => name),
      ['latest', '1.10', '1.9', `sha256-${HEX}`, `sha256-${HEX}.sig`],
    )
    assert.equal(referrerTagSubject(`sha256-${HEX}.att`), HEX)
    assert.equal(referrerTagSubject('sha256-abc'), undefined)
  })

  test('a filter holds for pages that come later; capitals count where some are typed', () => {
    const level = withFilter(withNames(newLevel(TAGS), named('v1', 'RC1', 'x'), true), 'rc')
    const more = withNames(level, named('rc2', 'y'), true)
    assert.deepEqual(
      more.shown.map(({ name }) => name),
      ['RC1', 'rc2'],
    )
    assert.deepEqual(
      withFilter(more, 'RC').shown.map(({ name }) => name),
      ['RC1'],
    )
    assert.equal(more.names.length, 5)
  })

  test('what opens a name', () => {
    assert.equal(referenceOf(TAGS, '1.0'), 'docker://registry.example/team/app:1.0')
    assert.equal(referenceOf({ kind: 'engine' }, 'app:1'), 'docker-daemon:app:1')
    assert.equal(referenceOf({ kind: 'repositories', host: 'h' }, 'app'), undefined)
  })
})

describe('browsing', () => {
  test('pages are asked for as the cursor comes near the end, not before', () => {
    const names = Array.from({ length: 300 }, (_, index) => `tag-${index}`)
    const [full, none] = play(browsing(), listed(names))
    assert.deepEqual(none, [])
    assert.deepEqual(play(full, 'j')[1], [])
    assert.deepEqual(play(full, 'G')[1], [{ type: 'list-more' }])
    assert.deepEqual(play(full, listed([], false), 'G')[1], [])
  })

  test('a filter that leaves little asks for more, by itself, until it is enough or all', () => {
    const names = Array.from({ length: 300 }, (_, index) => `tag-${index}`)
    const [filtered, first] = play(browsing(), listed(names), 'f', 'x', 'y')
    assert.deepEqual(shown(filtered), [])
    assert.deepEqual(first, [{ type: 'list-more' }, { type: 'list-more' }])
    const [found, again] = play(filtered, listed(['xy-1']))
    assert.deepEqual([shown(found), again], [['xy-1'], [{ type: 'list-more' }]])
    assert.deepEqual(play(found, listed([], false))[1], [])
  })

  test('names that come in between leave the cursor on the name it was on', () => {
    const [state] = play(browsing(), listed(['b', 'd', 'f']), 'j', listed(['a', 'c', 'e']))
    assert.equal(shown(state)[state.cursors.browse.index], 'd')
    const [top] = play(browsing(), listed(['b', 'd']), listed(['a']))
    assert.equal(shown(top)[top.cursors.browse.index], 'a')
  })

  test('Esc gives up a filter first, then goes one level back, to the place that was left', () => {
    const [inside] = play(
      browsing(),
      listed(['x', 'team/app', 'team/base'], false),
      'j',
      'enter',
      listed(['1', '2'], false),
      'f',
      '2',
      'enter',
    )
    assert.deepEqual(shown(inside), ['2'])
    const [unfiltered] = play(inside, 'escape')
    assert.deepEqual(shown(unfiltered), ['2', '1'])
    const [back, effects] = play(unfiltered, 'escape')
    assert.equal(shown(back)[back.cursors.browse.index], 'team/base')
    assert.ok(effects.some(effect => effect.type === 'abort' && effect.key === 'list'))
  })

  test('a listing that was left before its end goes on when it is come back to', () => {
    const [back, effects] = play(browsing(), listed(['team/app']), 'enter', 'escape')
    assert.deepEqual(effects.at(-1), { type: 'list', listing: { kind: 'repositories', host: 'registry.example' } })
    assert.equal(back.slices.browse.at(-1)?.status, 'loading')
  })

  test('size and time are asked for once; who asks for another gives the first up', () => {
    const [level] = play(browsing(), listed(['team/app'], false), 'enter', listed(['a', 'b'], false))
    const [asking, first] = play(level, 'd')
    assert.deepEqual(first, [{ type: 'describe', reference: 'docker://registry.example/team/app:a' }])
    assert.deepEqual([...(asking.slices.browse.at(-1)?.facts ?? [])], [['a', 'asking']])
    const [known, none] = play(
      asking,
      { type: 'described', reference: 'docker://registry.example/team/app:a', facts: { size: 5 } },
      'd',
    )
    assert.deepEqual(none, [])
    const [other] = play(known, 'j', 'd', { type: 'failed', tag: 'describe', error: new ImageError('NOT_FOUND', 'Cannot do it') })
    assert.deepEqual([...(other.slices.browse.at(-1)?.facts.keys() ?? [])], ['a'])
  })

  test('a list that is refused says why and takes a typed name', () => {
    const error = new ImageError('CATALOG_UNAVAILABLE', 'Cannot list the repositories: the registry does not tell')
    const [state] = play(browsing(), { type: 'failed', tag: 'list', error })
    assert.equal(state.slices.browse.at(-1)?.status, 'failed')
    for (const [typed, effect] of [
      ['team/app', { type: 'list', listing: TAGS }],
      ['registry.example/team/app', { type: 'list', listing: TAGS }],
      ['team/app:1', { type: 'open', image: 'shown', reference: 'docker://registry.example/team/app:1' }],
      [`team/app@sha256:${HEX}`, { type: 'open', image: 'shown', reference: `docker://registry.example/team/app@sha256:${HEX}` }],
    ] as const) {
      const [, effects] = play(state, { type: 'command', command: 'browse.type', argument: typed })
      assert.deepEqual(effects.at(-1), effect, typed)
    }
  })

  test('a tag or a digest can be typed where tags are listed', () => {
    const [tags] = play(browsing(), listed(['team/app'], false), 'enter')
    for (const [typed, reference] of [
      ['2.0', 'docker://registry.example/team/app:2.0'],
      [':2.0', 'docker://registry.example/team/app:2.0'],
      [`sha256:${HEX}`, `docker://registry.example/team/app@sha256:${HEX}`],
      [`@sha256:${HEX}`, `docker://registry.example/team/app@sha256:${HEX}`],
    ] as const) {
      const [, effects] = play(tags, { type: 'command', command: 'browse.type', argument: typed })
      assert.deepEqual(effects, [{ type: 'open', image: 'shown', reference }], typed)
    }
  })

  test('what the registry says is told', () => {
    const [state] = play(browsing(), { ...listed(['a']), notices: ['The registry says: moving soon'] } as Action)
    assert.equal(state.message?.text, 'The registry says: moving soon')
  })

  test('an engine is listed by its place, a registry by its host alone', () => {
    assert.deepEqual(browsing('docker-daemon:').slices.browse.at(-1)?.listing, { kind: 'engine' })
    assert.deepEqual(browsing('localhost:5000/').slices.browse.at(-1)?.listing, { kind: 'repositories', host: 'localhost:5000' })
    assert.equal(browsing('localhost:5000/app').slices.browse.length, 0)
  })
})

test('what was asked for alone ends the program when it cannot be opened; not once it was given up', () => {
  const alone = firstState({ columns: 80, rows: 24 }, { opening: 'oci:one' })
  const failed: Action = { type: 'failed', tag: 'open', id: 'shown', error: new ImageError('NOT_FOUND', 'Cannot open it') }
  assert.deepEqual(
    play(alone, failed)[1].map(({ type }) => type),
    ['quit'],
  )
  const [later, effects] = play(alone, 'escape', { type: 'command', command: 'start.open-typed', argument: 'oci:two' }, failed)
  assert.deepEqual(
    effects.map(({ type }) => type),
    ['abort', 'open'],
  )
  assert.deepEqual([later.screen.kind, later.message?.text], ['start', 'Cannot open it'])
})

test('a repository that was named without a tag, and has no latest, shows its tags; a tag that was typed ends the program', () => {
  const error = new ImageError('MANIFEST_UNKNOWN', 'Cannot pull r.example/team/app:latest: it has no tag "latest"')
  const failed: Action = { type: 'failed', tag: 'open', id: 'shown', error }
  const after = (opening: string) => play(firstState({ columns: 80, rows: 24 }, { opening }), failed)
  for (const typed of ['r.example/team/app', 'docker://r.example/team/app']) {
    const [state, effects] = after(typed)
    assert.deepEqual(state.slices.browse.at(-1)?.listing, { kind: 'tags', host: 'r.example', path: 'team/app' })
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['abort', 'list'],
    )
    assert.match(state.message?.text ?? '', /no tag "latest"/)
  }
  for (const typed of ['r.example/team/app:1', 'oci:one', `r.example/team/app@sha256:${'a'.repeat(64)}`])
    assert.deepEqual(
      after(typed)[1].map(({ type }) => type),
      ['quit'],
    )
})
