import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { type HttpAnswer, readBody } from '../../../src/transport/http/http.ts'

const answer = (body: Readable) => ({ body }) as unknown as HttpAnswer

describe('the body of an answer', () => {
  test('is read up to its limit, and not beyond, whatever pieces it comes in', async () => {
    for (const pieces of [['12345'], ['12', '345'], ['1', '2', '3', '4', '5']]) {
      const body = () => Readable.from(pieces.map(piece => Buffer.from(piece)))
      assert.equal(String(await readBody(answer(body()), 5)), '12345')
      assert.equal(await readBody(answer(body()), 4), undefined)
    }
  })

  test('is given up at its deadline where it drips', async () => {
    const body = new Readable({ read: () => undefined })
    body.push('1')
    const read = readBody(answer(body), 100, 20)
    await Promise.all([once(body, 'close'), assert.rejects(read)])
  })
})
