import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { askModel } from '../../src/transport/model/model-client.ts'

test('a model’s refusal is told with its status and what to do; a key that it repeats is not shown', async context => {
  let status = 200
  const server = createServer((request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `no: ${request.headers.authorization}` } }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const place = { endpoint, model: 'm', key: 'sk-secret', insecure: false, cacert: undefined }
  const hints = [
    [401, /PEEL_EXPLAIN_KEY/],
    [403, /PEEL_EXPLAIN_KEY/],
    [404, /models/],
    [413, /--only/],
    [429, /later/],
    [503, /again/],
    [500, undefined],
  ] as const
  for (const [code, hint] of hints) {
    status = code
    await assert.rejects(askModel(place, [{ role: 'user', content: 'x' }], new AbortController().signal), error => {
      assert.ok(error instanceof ImageError && error.code === 'MODEL_FAILED')
      assert.match(error.message, new RegExp(`answered ${code}: no: Bearer \\*\\*\\*\\*`))
      if (hint === undefined) assert.equal(error.hint, undefined)
      else assert.match(error.hint ?? '', hint)
      return true
    })
  }
})
