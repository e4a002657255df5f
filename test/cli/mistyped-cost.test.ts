import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildOnce } from '../kit/program/peel-command.ts'

const PEEL = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))
/** Says at its end what the process has used of the processors, in milliseconds. */
const TELLING =
  'data:text/javascript,process.once("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("\\nused="+(user+system)/1000)})'
/** A start of Node takes a quarter to a half of the 100 ms in which the error must be there: a ratio holds on slow machines, too. */
const MOST_STARTS = 3.5
const ROUNDS = 6

function used(...args: readonly string[]): { readonly milliseconds: number; readonly said: string } {
  const { stderr } = spawnSync(process.execPath, ['--import', TELLING, ...args], { encoding: 'utf8' })
  return { milliseconds: Number(/used=([\d.]+)/.exec(stderr)?.[1] ?? Number.NaN), said: stderr }
}

test('a mistyped command costs little more than a start of Node', () => {
  buildOnce()
  let [least, bare] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    const { milliseconds, said } = used(PEEL, 'inspct', 'X')
    assert.match(said, /there is no such command/)
    least = Math.min(least, milliseconds)
    bare = Math.min(bare, used('-e', '0').milliseconds)
  }
  assert.ok(least < MOST_STARTS * bare, `${least} ms, of which Node ${bare} ms`)
})
