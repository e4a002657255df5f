import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movingSvg } from './moving-svg.ts'

test('each picture is seen for its share of the time, one after the other', () => {
  const svg = (text: string) => `<svg width="1" height="1">\n<text>${text}</text></svg>\n`
  const moving = movingSvg([
    { svg: svg('one'), seconds: 1 },
    { svg: svg('two'), seconds: 3 },
  ])
  assert.equal(moving.match(/<svg/g)?.length, 1)
  assert.match(moving, /<g class="f0"><text>one<\/text><\/g>\n<g class="f1"><text>two<\/text><\/g>/)
  assert.match(moving, /f0\{0\.00%\{visibility:visible\}25\.00%\{visibility:hidden\}/)
  assert.match(moving, /f1\{0%\{visibility:hidden\}25\.00%\{visibility:visible\}100\.00%\{visibility:hidden\}/)
  assert.match(moving, /animation:f1 4s step-end infinite/)
})
