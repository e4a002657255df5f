import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { embedTexts } from '../../../src/transport/model/embeddings.ts'
import { chatAddress, errorOf, limitedText, modelAddress } from '../../../src/transport/model/model-client.ts'

type Seen = {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: { readonly input: readonly string[] }
}

/** An endpoint that answers each request as `answer` says, and what it was asked. */
async function endpoint(context: TestContext, answer: (input: readonly string[], request: number) => unknown, status = 200) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString())
      const { accept, authorization, 'content-type': type } = request.headers
      seen.push({ path: `${request.method} ${request.url}`, headers: { accept, authorization, type }, body })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer(body.input, seen.length)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const place = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    model: 'm',
    insecure: false,
    cacert: undefined,
  }
  const embed = (texts: readonly string[], key?: string) => embedTexts({ ...place, key }, texts, new AbortController().signal)
  return { embed, seen }
}

const rows = (vectors: readonly unknown[]) => ({ data: vectors.map((embedding, index) => ({ index, embedding })) })
const failing = (why: RegExp) => (error: unknown) =>
  error instanceof ImageError &&
  error.code === 'MODEL_FAILED' &&
  why.test(error.message) &&
  /PEEL_EMBED_KEY/.test(error.hint ?? '')

describe('vectors of texts', () => {
  test('each has the length 1 and is of its text, however the answer is ordered; a zero vector stays one', async context => {
    const { embed, seen } = await endpoint(context, () => ({
      data: [
        { index: 1, embedding: [0, 0] },
        { index: 0, embedding: [3, 4] },
        { index: 7, embedding: [1, 1] },
      ],
    }))
    const vectors = await embed(['a', 'b'], 'secret')
    assert.deepEqual(
      vectors.map(each => [...each].map(number => Math.round(number * 1000) / 1000)),
      [
        [0.6, 0.8],
        [0, 0],
      ],
    )
    assert.deepEqual(seen, [
      {
        path: 'POST /v1/embeddings',
        headers: { accept: 'application/json', authorization: 'Bearer secret', type: 'application/json' },
        body: { model: 'm', input: ['a', 'b'], encoding_format: 'float' },
      },
    ])
  })

  test('rows without an index are in the order of the texts; without a key nothing says who asks', async context => {
    const { embed, seen } = await endpoint(context, input => ({
      data: input.map((_, index) => ({ embedding: [index === 0 ? 1 : 0, index] })),
    }))
    assert.deepEqual(
      (await embed(['a', 'b'], '')).map(each => [...each]),
      [
        [1, 0],
        [0, 1],
      ],
    )
    assert.equal(seen[0]?.headers['authorization'], undefined)
  })

  test('many texts are many requests of 64, and a long text is cut', async context => {
    const { embed, seen } = await endpoint(context, input => rows(input.map(() => [1])))
    assert.equal((await embed(Array.from({ length: 129 }, () => 'x'.repeat(4001)))).length, 129)
    assert.deepEqual(
      seen.map(({ body }) => body.input.length),
      [64, 64, 1],
    )
    assert.equal(seen[2]?.body.input[0]?.length, 4000)
    assert.deepEqual(await embed([]), [])
  })

  test('an answer that is no list of numbers, or of other lengths, is told', async context => {
    const answers: readonly (readonly [unknown, RegExp])[] = [
      [{}, /its answer lacks a vector/],
      [{ data: 7 }, /its answer lacks a vector/],
      [null, /its answer lacks a vector/],
      [rows([[1]]), /its answer lacks a vector/],
      [rows([[1], []]), /its answer lacks a vector/],
      [rows([[1], ['1']]), /its answer lacks a vector/],
      [rows([[1], 1]), /its answer lacks a vector/],
      [rows([[1], Array.from({ length: 8193 }, () => 1)]), /its answer lacks a vector/],
      [rows([[1], [1, 2]]), /its vectors differ in length/],
    ]
    const { embed } = await endpoint(context, (_, request) => answers[request - 1]?.[0])
    for (const [, why] of answers) await assert.rejects(embed(['a', 'b']), failing(why))
    const large = await endpoint(context, () => rows([Array.from({ length: 8192 }, () => 1)]))
    assert.equal((await large.embed(['a']))[0]?.length, 8192)
  })

  test('a refusal is told with its status, and without the key', async context => {
    const { embed } = await endpoint(context, () => ({ error: { message: 'no: Bearer sk-key' } }), 401)
    await assert.rejects(embed(['a'], 'sk-key'), failing(/the server answered 401: no: Bearer \*\*\*\*$/))
    await assert.rejects(embed(['a']), failing(/the server answered 401: no: Bearer sk-key$/))
  })
})

describe('the address of a model', () => {
  test('has what every server appends, once, and no query', () => {
    const address = (endpoint: string) => modelAddress({ endpoint, insecure: false }, 'embeddings', 'KEY').href
    for (const typed of [
      'https://h.test',
      'https://h.test/',
      'https://h.test/v1',
      'https://h.test/v1/',
      'https://h.test/v1/embeddings',
      'https://h.test?x=1#y',
    ])
      assert.equal(address(typed), 'https://h.test/v1/embeddings', typed)
    assert.equal(address('https://h.test/api/v3/'), 'https://h.test/api/v3/embeddings')
    assert.equal(
      chatAddress({ endpoint: 'https://h.test/v1/chat/completions', insecure: false }).href,
      'https://h.test/v1/chat/completions',
    )
  })

  test('is plain http on this machine and in private networks only', () => {
    const isTaken = (endpoint: string, insecure = false) => {
      try {
        return modelAddress({ endpoint, insecure }, 'embeddings', 'KEY') instanceof URL
      } catch (error) {
        assert.ok(error instanceof ImageError && error.code === 'MODEL_ADDRESS_INVALID')
        return false
      }
    }
    const near =
      'localhost 127.0.0.1 127.9.8.7 [::1] 10.1.2.3 192.168.7.8 172.16.0.1 172.20.0.1 172.31.0.1 box.local host.internal'
    for (const host of near.split(' ')) assert.ok(isTaken(`http://${host}:11434`), host)
    const far = 'h.test 8.8.8.8 128.0.0.1 11.0.0.1 192.169.0.1 172.15.0.1 172.32.0.1 a.box.local localhost.test [::2]'
    for (const host of far.split(' ')) {
      assert.ok(!isTaken(`http://${host}`), host)
      assert.ok(isTaken(`http://${host}`, true) && isTaken(`https://${host}`), host)
    }
    for (const typed of ['h.test', 'ftp://h.test', 'https://me@h.test', 'https://:x@h.test'])
      assert.ok(!isTaken(typed, true), typed)
  })
})

test('an answer is read up to a limit, and an error of any form is told in its words', async () => {
  const answer = (text: string) =>
    ({
      body: (async function* () {
        yield* [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))]
      })(),
    }) as never
  assert.equal(await limitedText(answer('abcdef'), 6), 'abcdef')
  assert.equal(await limitedText(answer('abcdef'), 5), 'abcde')
  assert.equal(await limitedText(answer('abcdef'), 2), 'ab')
  assert.equal(await errorOf(answer('{"error":{"message":"why"}}')), 'why')
  assert.equal(await errorOf(answer('<h1>Bad</h1> gateway')), 'Bad  gateway')
  assert.equal((await errorOf(answer('x'.repeat(500)))).length, 200)
})
