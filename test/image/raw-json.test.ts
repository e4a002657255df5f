import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  elements,
  fromRaw,
  keys,
  member,
  type RawJson,
  rawJson,
  rawJsonBytes,
  toRaw,
  withMember,
} from '../../src/image/raw-json.ts'
import { fc } from '../kit/seeded-check.ts'

const raw = (text: string) => rawJson(Buffer.from(text))

describe('editing JSON in its text', () => {
  test('what is not named stays byte for byte', () => {
    const text = raw('{ "big": 12345678901234567890.10e2,\n\t"a" : [1, {"x":"\\u003c"} ], "name" :"é\\"}" , "z":null }')
    assert.equal(
      rawJsonBytes(withMember(text, 'a', toRaw(['new']))).toString(),
      '{ "big": 12345678901234567890.10e2,\n\t"a" : ["new"], "name" :"é\\"}" , "z":null }',
    )
  })

  test('members are added at the end and removed with their comma', () => {
    assert.equal(withMember(raw('{}'), 'a', toRaw(1)), '{"a":1}')
    assert.equal(withMember(raw('{ }'), 'a', toRaw(1)), '{"a":1 }')
    assert.equal(withMember(raw('{"a":1 }'), 'b', toRaw('ü')), Buffer.from('{"a":1,"b":"ü" }').toString('latin1'))
    assert.equal(withMember(raw('{"a":1, "b":2,"c":3}'), 'a', undefined), '{"b":2,"c":3}')
    assert.equal(withMember(raw('{"a":1, "b":2,"c":3}'), 'b', undefined), '{"a":1,"c":3}')
    assert.equal(withMember(raw('{"a":1, "b":2,"c":3}'), 'c', undefined), '{"a":1, "b":2}')
    assert.equal(withMember(raw('{"a":1}'), 'a', undefined), '{}')
    assert.equal(withMember(raw('{"a":1}'), 'b', undefined), '{"a":1}')
  })

  test('a repeated key: the last one counts, and is the only one that stays', () => {
    const text = raw('{"a":1,"b":2,"a":3}')
    assert.equal(member(text, 'a'), '3')
    assert.equal(withMember(text, 'a', toRaw(4)), '{"b":2,"a":4}')
    assert.equal(withMember(text, 'a', undefined), '{"b":2}')
  })

  test('bytes that are not UTF-8 become what every reader takes them for: JSON that is sent is UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('","b":1}')])
    assert.equal(rawJsonBytes(withMember(rawJson(bytes), 'b', toRaw(2))).toString(), '{"a":"\ufffd\ufffd","b":2}')
  })

  test('__proto__ is a key like any other', () => {
    assert.equal(withMember(raw('{"__proto__":{"a":1}}'), 'b', toRaw(1)), '{"__proto__":{"a":1},"b":1}')
    assert.deepEqual(keys(raw('{"__proto__":1,"b":2}')), ['__proto__', 'b'])
  })

  test('members and elements are what JSON.parse sees, however it is spaced', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 3), (json, space) => {
        const value: unknown = JSON.parse(json)
        const text = rawJson(Buffer.from(JSON.stringify(value, null, space)))
        if (Array.isArray(value)) assert.deepEqual(elements(text).map(fromRaw), value)
        else if (typeof value === 'object' && value !== null) {
          assert.deepEqual([...keys(text)].sort(), Object.keys(value).sort())
          for (const [key, each] of Object.entries(value)) assert.deepEqual(fromRaw(member(text, key) as RawJson), each)
        } else assert.deepEqual([elements(text), keys(text)], [[], []])
      }),
    )
  })
})
