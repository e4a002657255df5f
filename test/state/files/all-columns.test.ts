import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { shownRows } from '../../../src/state/shell/given.ts'
import { VIEWS } from '../../../src/state/shell/views.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

test('columns that are asked for leave room to tell names apart, at every width that shows them all', async () => {
  const name = 'a-library-of-some-sort.so'
  const { state, play } = await readImageState([layerFixture({ [`usr/${name}`]: 'x' })])
  for (const columns of [80, 90, 120, 140, 200]) {
    const wide = play({ ...state, size: { columns, rows: 40 } }, '2', 'E')
    const textOf = (of: typeof state) => {
      const rows = shownRows(of, 'files')
      return plainText(rows.slice(0, rows.length).at(-1)?.line ?? [])
    }
    assert.match(textOf(wide), /█ +100 % .*\.so/, `${columns}`)
    const all = textOf(play(wide, 'm', 'm'))
    assert.match(all, /0:0 .* 1 .*a-library-of-some/, `${columns}: ${all}`)
  }
})

test('of what lies deeper than the indentation shows, the title says the directory', async () => {
  const deep = Array.from({ length: 12 }, (_, level) => `d${level}`)
  const files = Object.fromEntries(deep.map((_, level) => [`${deep.slice(0, level + 1).join('/')}/f${level}`, 'x']))
  const { state, play } = await readImageState([layerFixture(files)])
  const titleAt = (name: string) =>
    plainText(VIEWS.files.title(play({ ...state, size: { columns: 200, rows: 60 } }, '2', 'E', '/', ...name, 'enter')).left)
  assert.equal(titleAt('f0'), 'whole image')
  assert.equal(titleAt('f6'), 'whole image')
  assert.equal(titleAt('f8'), '/d0/d1/d2/d3/d4/d5/d6/d7/d8/')
  assert.equal(titleAt('f11'), '/d0/d1/d2/d3/d4/d5/d6/d7/d8/d9/d10/d11/')
})
