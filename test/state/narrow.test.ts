import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../src/line/line.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState } from '../kit/state/opened-state.ts'

const image = imageFixture([layerFixture({ a: 'x' })])

/** The name each list is read for, and the cells it must be left at 40 columns. */
const NAMES = { files: 'path', biggest: 'path', waste: 'path', history: 'command', layers: 'command', index: 'what' } as const

describe('at 40 columns every list still names its rows', () => {
  for (const [id, name] of Object.entries(NAMES) as [keyof typeof NAMES, string][]) {
    test(id, async () => {
      const state = await openedState(image)
      for (let width = 37; width < 140; width++) {
        const head = plainText(VIEWS[id].head?.(state, width) ?? [])
        const from = head.indexOf(name)
        assert.ok(from >= 0 && width - from >= 12, `${id} at ${width}: "${head}"`)
      }
    })
  }
})
