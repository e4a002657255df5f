import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type HttpAnswer, readBody, readSteadily } from '../../../src/transport/http/http.ts'

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

  for (const [name, bytesASecond, ends] of [
    ['is given up once its patience is over where it comes at less than a kilobyte a second', 1000, 31],
    ['is given up after ten times its patience, however steadily it comes', 2000, 300],
  ] as const)
    test(name, async context => {
      let [now, told]: [number, unknown] = [0, undefined]
      context.mock.method(performance, 'now', () => now)
      context.mock.timers.enable({ apis: ['setInterval'] })
      const body = new Readable({ read: () => undefined })
      const read = readSteadily(answer(body), 100_000_000, 30_000).catch((thrown: unknown) => {
        told = thrown
      })
      for (; told === undefined && now < 400_000; await turn()) {
        body.push(Buffer.alloc(bytesASecond))
        await turn()
        now += 1000
        context.mock.timers.tick(1000)
        await turn()
      }
      assert.match(String(told), /too slowly/)
      await read
      assert.ok(Math.abs(now / 1000 - ends) <= 1, `${now} ms`)
    })
})
