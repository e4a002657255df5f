import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closing } from '../src/closing.ts'

function opener() {
  const closed: string[] = []
  const open = (name: string, fails = false) => ({
    async [Symbol.asyncDispose]() {
      closed.push(name)
      if (fails) throw new Error(name)
    },
  })
  return { closed, open }
}

test('things are closed once, the last one first, also where opening the next one fails', async () => {
  const { closed, open } = opener()
  const opening = async () => {
    await using both = new Closing()
    both.use(open('a'))
    both.use(open('b'))
    throw new Error('the next one')
  }
  await assert.rejects(opening(), { message: 'the next one' })
  assert.deepEqual(closed, ['b', 'a'])
})

test('things that were handed over are closed by their new owner', async () => {
  const { closed, open } = opener()
  const opening = async () => {
    await using both = new Closing()
    both.use(open('a'))
    return both.handOver()
  }
  const kept = await opening()
  assert.deepEqual(closed, [])
  await kept[Symbol.asyncDispose]()
  await kept[Symbol.asyncDispose]()
  assert.deepEqual(closed, ['a'])
})

test('one that fails to close keeps no other one open, and its failure is the answer', async () => {
  const { closed, open } = opener()
  const closing = new Closing([open('a'), open('b', true), open('c')])
  await assert.rejects(closing[Symbol.asyncDispose](), { message: 'b' })
  assert.deepEqual(closed, ['c', 'b', 'a'])
})
