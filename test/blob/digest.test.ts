import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf, isDigest, isVerifiable, parseDigest, shortDigest, splitDigest } from '../../src/blob/digest.ts'

const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe('digest', () => {
  test('of nothing is the known one', () => {
    assert.equal(digestOf(Buffer.alloc(0)), `sha256:${HEX}`)
    assert.equal(digestOf(Buffer.alloc(0), 'sha512').length, 'sha512:'.length + 128)
    assert.equal(shortDigest(digestOf(Buffer.alloc(0))), HEX.slice(0, 12))
  })

  test('grammar of image-spec descriptor.md', () => {
    for (const good of [
      `sha256:${HEX}`,
      `blake3:${HEX}`,
      'sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564',
      'multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8',
    ])
      assert.ok(isDigest(good), good)
    const bad = [
      '',
      'sha256',
      `sha256:${HEX.toUpperCase()}`,
      `sha256:${HEX.slice(1)}`,
      `SHA256:${HEX}`,
      'sha256:../../etc/passwd',
      '../x:abc',
      'a:',
      ':b',
      `sha256:${HEX}\n`,
      `x:${'a'.repeat(600)}`,
    ]
    for (const text of bad) assert.ok(!isDigest(text), text)
  })

  test('a bad one is refused by name, escaped', () => {
    assert.throws(() => parseDigest('sha256:\u001b[31m'), { code: 'DIGEST_INVALID', message: /sha256:\\e\[31m/ })
    assert.throws(() => parseDigest(undefined), { code: 'DIGEST_INVALID' })
    assert.throws(() => parseDigest({}), { code: 'DIGEST_INVALID' })
  })

  test('registered but not computable is legal and unverifiable', () => {
    assert.ok(!isVerifiable(parseDigest(`blake3:${HEX}`)))
    assert.deepEqual(splitDigest(parseDigest('a.b:c=')), ['a.b', 'c='])
  })
})
