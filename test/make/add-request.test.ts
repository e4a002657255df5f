import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAdd } from '../../src/make/add-request.ts'

const none = () => false

test('a source, its target and its options are told apart', () => {
  assert.deepEqual(parseAdd('app:/srv/app', none), {
    source: 'app',
    target: '/srv/app',
    owner: undefined,
    mode: undefined,
    exclude: [],
  })
  assert.deepEqual(parseAdd('app', none).target, undefined)
  assert.deepEqual(parseAdd('app:/srv,chown=1000:50,chmod=0750,exclude=*.o,exclude=!a.o', none), {
    source: 'app',
    target: '/srv',
    owner: [1000, 50],
    mode: 0o750,
    exclude: ['*.o', '!a.o'],
  })
  assert.deepEqual(parseAdd('app,chown=7', none).owner, [7, 7])
})

test('a source whose name has colons or commas is found on the disk', () => {
  assert.deepEqual(parseAdd('a:b', name => name === 'a:b').source, 'a:b')
  assert.deepEqual(
    parseAdd('a:b:/t', name => name === 'a:b'),
    { ...parseAdd('x:/t', none), source: 'a:b' },
  )
  assert.equal(parseAdd('a,b:/t', none).source, 'a,b')
  assert.equal(parseAdd('a,b=c:/t', name => name === 'a,b=c').source, 'a,b=c')
})

test('owners, modes and sources that are none are refused', () => {
  for (const wrong of [
    'a,chown=root',
    'a,chown=4294967295',
    'a,chmod=999',
    'a,chmod=10000',
    ':/t',
    '',
    'a:/t,chwon=1',
    'a,mode=755',
    'a:/t,foo=1,chmod=755',
  ]) {
    assert.throws(() => parseAdd(wrong, none), { code: 'ADD_INVALID' }, wrong)
  }
})
