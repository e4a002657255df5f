import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lookInto, ONE_STEP } from '../../src/compare/look-into.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { contentLooker, withLooker } from '../../src/worker/content-thread.ts'

const status = (order: readonly number[]) =>
  Buffer.from(order.map(number => `Package: p${number}\nDescription: ${'d'.repeat(60)}`).join('\n\n'))
const numbers = Array.from({ length: 4000 }, (_, index) => index)
const document = (change: number) =>
  Buffer.from(
    JSON.stringify(Object.fromEntries(numbers.map(number => [`key ${number}`, number === 17 ? change : 'x'.repeat(40)]))),
  )

const PATH = 'var/lib/dpkg/status' as FilePath

describe('contents that are taken apart in a thread', () => {
  test('are answered as they would be here', async () => {
    const [mine, theirs] = [status(numbers), status(numbers.toReversed())]
    const [before, after] = [document(1), document(2)]
    assert.ok(mine.length + theirs.length > ONE_STEP && before.length + after.length > ONE_STEP)
    await withLooker(undefined, async looker => {
      const [noise, facts] = await Promise.all([looker.noise(PATH, mine, theirs), looker.parts(before, after)])
      assert.equal(noise, 'noise:package-order')
      assert.deepEqual(facts, [{ kind: 'key', name: 'key 17', before: '1', after: '2' }])
      assert.deepEqual(facts, lookInto({ before, after, path: undefined }).facts)
    })
    assert.equal(mine[0], 'P'.charCodeAt(0), 'the contents are still here')
  })

  test('small contents start no thread', async () => {
    const looker = contentLooker(undefined)
    assert.deepEqual(await looker.parts(Buffer.from('{"a":1}'), Buffer.from('{"a":2}')), [
      { kind: 'key', name: 'a', before: '1', after: '2' },
    ])
    await looker.close()
  })

  test('an abort is answered at once, and closing ends what is under way', async () => {
    const stop = new AbortController()
    const looker = contentLooker(stop.signal)
    const slow = Buffer.from(`[${'{},'.repeat(1_300_000)}1]`)
    const first = looker.parts(slow, Buffer.concat([slow, Buffer.from(' ')]))
    setImmediate(() => stop.abort(new Error('enough')))
    await assert.rejects(first, /enough/)
    await looker.close()
    const ended = contentLooker(undefined)
    const owed = ended.parts(slow, Buffer.concat([slow, Buffer.from(' ')]))
    // The thread is asked in the next turn.
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    await Promise.all([assert.rejects(owed, { code: 'LAYER_READ_FAILED', message: /its thread ended/ }), ended.close()])
  })
})
