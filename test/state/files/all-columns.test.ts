import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { shownRows } from '../../../src/state/shell/given.ts'
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
