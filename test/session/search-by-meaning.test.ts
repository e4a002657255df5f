import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fusedRanks } from '../../src/session/search/search-by-meaning.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { fc } from '../kit/seeded-check.ts'

type Seen = { readonly path: string; readonly body: string; readonly authorization: string | undefined }

/** An embeddings endpoint that knows some words to mean the same, and gives one dimension to each meaning. */
async function embeddings(context: TestContext, answer: (vectors: readonly number[][]) => unknown = inOpenAisForm) {
  const meanings = [
    ['ephemeral', 'volatile', 'memory'],
    ['tortoise', 'slow'],
    ['postcard', 'mail'],
  ]
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString()
      seen.push({ path: request.url ?? '', body, authorization: request.headers.authorization })
      const vectors = JSON.parse(body).input.map((text: string) => [
        ...meanings.map(words => words.filter(word => text.includes(word)).length * 3),
        0.01,
      ])
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(vectors)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** Last first: the index says which text a vector is of. */
function inOpenAisForm(vectors: readonly number[][]) {
  return { data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse() }
}

const described = (description: string) =>
  imageFixture([layerFixture({ [description]: '' })], {
    config: { config: { Labels: { 'org.opencontainers.image.description': description } } },
  })

const layoutIn = (context: TestContext) =>
  writeLayout(join(scratch(context), 'place'), {
    'one-x': described('ephemeral store'),
    'two-x': described('tortoise'),
    'three-x': described('mail server'),
  })

describe('peel search --embed-with', () => {
  test('finds what words do not, says how like it is, and sends the words to that address only', async context => {
    const { url, seen } = await embeddings(context)
    const layout = layoutIn(context)
    const args = ['search', 'volatile memory', '--in', layout, '--json']
    assert.deepEqual(JSON.parse((await peel(args)).stdout), [])
    const { stdout, stderr, status } = await peel([...args, '--embed-with', url, '--model', 'm'], {
      env: { PEEL_EMBED_KEY: 'planted' },
    })
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), [{ reference: `${layout}:one-x`, score: 0.01639, why: ['meaning 1.00'] }])
    assert.equal(seen.length, 1)
    assert.equal(seen[0]?.path, '/v1/embeddings')
    assert.equal(seen[0]?.authorization, 'Bearer planted')
    assert.equal(JSON.parse(seen[0]?.body ?? '').model, 'm')
    assert.doesNotMatch(stdout + stderr, /planted/)
    // A word and its meaning together beat either alone.
    const both = JSON.parse(
      (await peel(['search', 'mail', '--in', layout, '--json', '--embed-with', url, '--model', 'm'])).stdout,
    )
    assert.equal(both[0].reference, `${layout}:three-x`)
    assert.ok(both[0].why.length > 1)
  })

  test('an endpoint that fails is told, and the words still count', async context => {
    const layout = layoutIn(context)
    for (const wrong of [
      () => ({ data: [] }),
      () => ({ error: 'no' }),
      (vectors: readonly number[][]) => ({ data: vectors.map((_, index) => ({ index, embedding: ['x'] })) }),
      (vectors: readonly number[][]) => ({
        data: vectors.map((vector, index) => ({ index, embedding: vector.slice(0, index + 1) })),
      }),
    ]) {
      const { url } = await embeddings(context, wrong)
      const { stdout, stderr, status } = await peel(['search', 'mail', '--in', layout, '--embed-with', url, '--model', 'm'])
      assert.equal(status, 0, stderr)
      assert.match(stdout, /three-x/)
      assert.match(stderr, /Cannot search by meaning/)
    }
    assert.equal((await peel(['search', 'mail', '--in', layout, '--embed-with', 'http://127.0.0.1:1'])).status, 2)
    const far = await peel(['search', 'mail', '--in', layout, '--embed-with', 'http://example.com', '--model', 'm'])
    assert.match(far.stderr, /plain http/)
  })

  test('fused ranks: what both lists have beats what one has at the same place, and no order of lists matters', () => {
    const list = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 })
    fc.assert(
      fc.property(list, list, (one, other) => {
        const scores = fusedRanks([one, other])
        assert.deepEqual(new Set(scores.keys()), new Set([...one, ...other]))
        const swapped = fusedRanks([other, one])
        for (const [name, score] of scores) assert.ok(Math.abs(score - (swapped.get(name) ?? 0)) < 1e-12)
        const rank = (names: readonly string[], name: string) =>
          names.includes(name) ? names.indexOf(name) : Number.POSITIVE_INFINITY
        for (const a of scores.keys())
          for (const b of scores.keys())
            if (rank(one, a) < rank(one, b) && rank(other, a) <= rank(other, b))
              assert.ok((scores.get(a) ?? 0) > (scores.get(b) ?? 0))
      }),
    )
  })
})
