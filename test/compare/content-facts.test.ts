import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { changedParts } from '../../src/compare/content/content-facts.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const [first = '', second = '', third = ''] = rootCertificates
const bundle = (...certificates: readonly string[]) => Buffer.from(`${certificates.join('\n')}\n`)
const words = (pem: string) => {
  const { subject, validTo } = new X509Certificate(pem)
  return { name: subject.replaceAll('\n', ', '), text: `until ${validTo}` }
}
const parts = (before: Buffer, after: Buffer) =>
  changedParts(before, after).map(each => [each.kind, each.name, each.before, each.after])

describe('parts of a file that two versions have differently', () => {
  test('certificates of a bundle, by their subjects; the order and what both have is no difference', () => {
    const [gone, come] = [words(second), words(third)]
    assert.deepEqual(parts(bundle(first, second), bundle(third, first)), [
      ['certificate', gone.name, gone.text, undefined],
      ['certificate', come.name, undefined, come.text],
    ])
    assert.deepEqual(parts(bundle(first, second), bundle(second, first)), [])
  })

  test('keys of documents, members of archives', () => {
    assert.deepEqual(parts(Buffer.from('{"a":1,"b":[2]}'), Buffer.from('{"a":1,"c":null}')), [
      ['key', 'b', '[2]', undefined],
      ['key', 'c', undefined, 'null'],
    ])
    const archive = (content: string, more: string) =>
      tarFixture([{ name: 'same', content: 'x' }, { name: 'a', content }, { name: more }])
    assert.deepEqual(parts(archive('one', 'b'), archive('three', 'c')), [
      ['member', 'a', '3 bytes', '5 bytes'],
      ['member', 'b', '0 bytes', undefined],
      ['member', 'c', undefined, '0 bytes'],
    ])
  })

  test('of several parts with one name, the first is compared with the first', () => {
    const twice = (...contents: string[]) => tarFixture(contents.map(content => ({ name: 'a', content })))
    assert.deepEqual(parts(twice('x', 'y'), twice('x', 'z', 'more')), [
      ['member', 'a', '1 bytes', '1 bytes'],
      ['member', 'a', undefined, '4 bytes'],
    ])
  })

  test('a version of another kind, or without parts, has none', () => {
    const others = [bundle(first), tarFixture([{ name: 'a' }]), Buffer.from('{"a":1}'), Buffer.from('text'), Buffer.from('{"a"')]
    for (const [index, one] of others.entries())
      for (const other of others.filter((_, at) => at !== index)) assert.deepEqual(parts(one, other), [])
    assert.deepEqual(parts(Buffer.from('1'), Buffer.from('2')), [], 'a number is a line of text')
  })
})
