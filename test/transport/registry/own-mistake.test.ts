import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionFailure } from '../../../src/transport/http/failure.ts'

test('a mistake of peel inside a request is told as one, an error with a code as a connection that was lost', () => {
  for (const mistake of [new TypeError('x is not a function'), new RangeError('out of bounds'), new ReferenceError('y')]) {
    const { code, message, cause } = connectionFailure('pull r.example/a', 'r.example', mistake)
    assert.deepEqual([code, message, cause], ['INTERNAL', `Cannot pull r.example/a: ${mistake.message}`, mistake])
  }
  const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })
  for (const lost of [reset, new TypeError('fetch failed', { cause: reset }), new Error('other side closed')])
    assert.equal(connectionFailure('pull r.example/a', 'r.example', lost).code, 'CONNECTION_LOST')
})
