import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import type { Output } from '../../src/cli/run/output.ts'
import { createProgress } from '../../src/cli/run/progress.ts'

const MB = 1e6

describe('the line of a long run', () => {
  for (const [name, terminal, quiet] of [
    ['is drawn a quarter of a second after its start, ten times a second at most, and goes when the run ends', true, false],
    ['is drawn on a terminal only', false, false],
    ['is not drawn with --quiet', true, true],
  ] as const)
    test(name, context => {
      let [now, drawn]: [number, string[]] = [0, []]
      context.mock.method(performance, 'now', () => now)
      const error = { terminal, write: async (text: string) => void drawn.push(text) } as unknown as Output
      const progress = createProgress({ error, common: () => ({ ...DEFAULT_COMMON, quiet }) }, 'copying')
      // A slow link: a kilobyte every 10 ms of a large blob.
      const at = (milliseconds: number) => {
        for (; now < milliseconds; now += 10) progress.update(now * 100, 100 * MB, '0 of 3 blobs')
      }
      at(240)
      assert.deepEqual(drawn, [])
      at(400)
      const isShown = terminal && !quiet
      assert.equal(drawn.length, isShown ? 2 : 0)
      if (isShown) assert.match(drawn[0] ?? '', /copying {2}0 of 3 blobs · \d+(?:\.\d+)? kB of 100 MB · 0 %/)
      progress.end()
      assert.deepEqual(drawn.slice(2), isShown ? ['\r\u001b[2K'] : [])
      drawn = []
    })
})
