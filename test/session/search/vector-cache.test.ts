import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cachedVectors } from '../../../src/session/search/vector-cache.ts'
import { scratch } from '../../kit/image/local-image.ts'

/** A cache directory of its own, and a model whose vectors say which text they are of; `asked` has what it was asked for. */
function model(context: TestContext, dimensions = 4) {
  const before = process.env['XDG_CACHE_HOME']
  const home = scratch(context)
  process.env['XDG_CACHE_HOME'] = home
  context.after(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = before
  })
  const asked: string[][] = []
  const made = { dimensions }
  const vector = (text: string) =>
    Float32Array.from({ length: made.dimensions }, (_, at) => text.charCodeAt(at % text.length) / 256)
  const embed = async (texts: readonly string[]) => {
    asked.push([...texts])
    return texts.map(vector)
  }
  const place = { endpoint: 'http://127.0.0.1:1', model: 'm' }
  return { home, asked, made, vector, find: (query: string, ...texts: string[]) => cachedVectors(place, query, texts, embed) }
}

test('a text is sent to a model once; the query each time, and neither is in the cache', async context => {
  const { home, asked, vector, find } = model(context)
  assert.deepEqual(await find('secret words', 'redis', 'nginx', 'redis'), ['secret words', 'redis', 'nginx', 'redis'].map(vector))
  assert.deepEqual(await find('other', 'nginx', 'mail', 'redis'), ['other', 'nginx', 'mail', 'redis'].map(vector))
  assert.deepEqual(asked, [
    ['secret words', 'redis', 'nginx'],
    ['other', 'mail'],
  ])
  const directory = join(home, 'peel', 'vectors')
  const [file = ''] = readdirSync(directory)
  assert.doesNotMatch(readFileSync(join(directory, file), 'latin1'), /secret|redis|nginx|mail/)
})

test('a damaged cache is none, and a model that answers with other lengths is asked for everything', async context => {
  const { home, asked, made, vector, find } = model(context)
  await find('q', 'redis', 'nginx')
  const directory = join(home, 'peel', 'vectors')
  const file = join(directory, readdirSync(directory)[0] ?? '')
  const bytes = readFileSync(file)
  for (const damaged of [bytes.subarray(0, 20), Buffer.alloc(40), bytes.with(60, 1), Buffer.from('')]) {
    writeFileSync(file, damaged)
    asked.length = 0
    assert.deepEqual(await find('q', 'redis'), ['q', 'redis'].map(vector))
    assert.deepEqual(asked, [['q', 'redis']])
  }
  made.dimensions = 6
  asked.length = 0
  assert.deepEqual(await find('q', 'redis', 'mail'), ['q', 'redis', 'mail'].map(vector))
  assert.deepEqual(asked, [['q', 'mail'], ['redis']])
  asked.length = 0
  await find('q', 'redis', 'mail')
  assert.deepEqual(asked, [['q']])
})

test('eight models are kept, those used last; nothing of another owner is removed', async context => {
  const { home, find } = model(context)
  await find('q', 'redis')
  const directory = join(home, 'peel', 'vectors')
  for (let at = 0; at < 12; at++) {
    const name = join(directory, at.toString(16).repeat(64))
    writeFileSync(name, '')
    utimesSync(name, at, at)
  }
  writeFileSync(join(directory, 'notes'), '')
  await find('q', 'other')
  const left = readdirSync(directory)
  assert.equal(left.filter(name => /^[0-9a-f]{64}$/.test(name)).length, 8)
  assert.ok(left.includes('notes') && !left.includes('0'.repeat(64)))
})

test('a directory that is a link is left alone: vectors are asked for each time', async context => {
  const { home, asked, vector, find } = model(context)
  const elsewhere = scratch(context)
  mkdirSync(join(home, 'peel'))
  symlinkSync(elsewhere, join(home, 'peel', 'vectors'))
  await find('q', 'redis')
  assert.deepEqual(await find('q', 'redis'), ['q', 'redis'].map(vector))
  assert.equal(asked.length, 2)
  assert.deepEqual(asked[1], ['q', 'redis'])
  assert.deepEqual(readdirSync(elsewhere), [])
})
