import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EMPTY_DESCRIPTOR, parseDescriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'

const digest = digestOf(Buffer.from('{}'))

describe('parseDescriptor', () => {
  test('keeps what the specification names', () => {
    const value = {
      mediaType: 'a/b',
      digest,
      size: 2,
      urls: ['https://x', 5],
      annotations: { a: 'b', __proto__x: 'c', n: 1 },
      platform: { architecture: 'arm64', os: 'linux', variant: 'v8', 'os.features': ['win32k'] },
      data: 'e30=',
      artifactType: 'x/y',
      unknown: true,
    }
    assert.deepEqual(parseDescriptor(value, 'here'), {
      mediaType: 'a/b',
      digest,
      size: 2,
      urls: ['https://x'],
      annotations: { a: 'b', __proto__x: 'c' },
      platform: { architecture: 'arm64', os: 'linux', variant: 'v8', 'os.features': ['win32k'] },
      data: 'e30=',
      artifactType: 'x/y',
    })
  })

  test('null where an optional field may be is absence', () => {
    const value = { mediaType: 'a/b', digest, size: 0, urls: null, annotations: null, platform: null, data: null }
    assert.deepEqual(parseDescriptor(value, 'here'), { mediaType: 'a/b', digest, size: 0 })
  })

  test('an own key __proto__ in annotations stays data', () => {
    const { annotations } = parseDescriptor(
      JSON.parse(`{"mediaType":"a","digest":"${digest}","size":1,"annotations":{"__proto__":"x"}}`),
      'here',
    )
    assert.deepEqual(Object.entries(annotations ?? {}), [['__proto__', 'x']])
  })

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['no object', null, /at here: it is not an object/],
    ['no media type', { digest, size: 1 }, /"mediaType" is missing/],
    ['size as text', { mediaType: 'a', digest, size: '1' }, /"size" is a string, not a number/],
    ['size below zero', { mediaType: 'a', digest, size: -1 }, /"size" is -1/],
    ['size beyond 2^53', { mediaType: 'a', digest, size: 2 ** 53 }, /"size" is 9007199254740992/],
    ['broken size', { mediaType: 'a', digest, size: 1.5 }, /"size" is 1.5/],
  ]
  for (const [name, value, message] of wrong) {
    test(`${name} is refused`, () => assert.throws(() => parseDescriptor(value, 'here'), { code: 'DESCRIPTOR_INVALID', message }))
  }

  test('the empty descriptor is the one of the specification', () => {
    assert.equal(EMPTY_DESCRIPTOR.digest, digestOf(Buffer.from('{}')))
  })
})
