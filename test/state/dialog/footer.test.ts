import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

const frame = (name: string) =>
  readFileSync(new URL(`../../golden/frames/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')

describe('footer', () => {
  test('drops whole hints where there is no room, the way to the help last', () => {
    for (const name of ['manifest-80x24', 'config-80x24', 'files-80x24'])
      assert.match(frame(name).at(-1) ?? '', /\? help *$/, name)
  })
})
