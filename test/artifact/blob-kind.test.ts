import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BlobKind, blobKind } from '../../src/artifact/blob-kind.ts'

const placed = (text: string | Buffer, at: number, length = 2048) => {
  const bytes = Buffer.alloc(length)
  Buffer.from(text).copy(bytes, at)
  return bytes
}
const tar = placed('ustar', 257)
/** A safetensors header that is said to have so many bytes. */
const tensors = (length: number) => {
  const start = placed('{', 8, 64)
  start.writeBigUInt64LE(BigInt(length))
  return start
}

const STARTS: readonly (readonly [kind: BlobKind | undefined, start: Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['elf', Buffer.from('\x7fELF')],
  ['gguf', Buffer.from('GGUF')],
  ['wasm', Buffer.from('\0asm')],
  ['squashfs', Buffer.from('hsqs')],
  ['zip', Buffer.from('PK\x03\x04')],
  ['erofs', placed(Buffer.from([0xe2, 0xe1, 0xf5, 0xe0]), 1024)],
  ['tar', tar],
  ['pem', Buffer.from(' \n-----BEGIN CERTIFICATE-----')],
  ...['{"a":1}', '{}', '{ "a"', '[1]', '[ "a"]', '[{', '[[', '[]', '[-1', '[true', '[false', '[null', '\u{feff} {"a"'].map(
    text => ['json', Buffer.from(text)] as const,
  ),
  ...['{{ template }}', '[section]', 'plain', '', '-----BEGIN', '\x1f', 'GGU', 'hsq', 'PK\x03\x05'].map(
    text => [undefined, Buffer.from(text, 'latin1')] as const,
  ),
  // Marks that stand elsewhere, or are cut off.
  [undefined, placed('GGUF', 1)],
  [undefined, placed('ustar', 256)],
  [undefined, tar.subarray(0, 511)],
  ['tar', tar.subarray(0, 512)],
  [undefined, placed(Buffer.from([0xe2, 0xe1, 0xf5, 0xe0]), 1024).subarray(0, 1027)],
  ['erofs', placed(Buffer.from([0xe2, 0xe1, 0xf5, 0xe0]), 1024).subarray(0, 1028)],
]

test('a blob is known by its first bytes', () => {
  for (const [kind, start] of STARTS) assert.equal(blobKind(start, 1_000_000), kind, start.toString('latin1', 0, 20))
})

test('gzip is a tar where what it inflates to is one', () => {
  const gzip = Buffer.from([0x1f, 0x8b])
  assert.deepEqual([blobKind(gzip, 2, tar), blobKind(gzip, 2, Buffer.from('text'))], ['gzip+tar', 'gzip'])
})

test('the header of tensors fits the blob', () => {
  assert.equal(blobKind(tensors(2), 10), 'safetensors')
  assert.equal(blobKind(tensors(1), 1000), undefined)
  assert.equal(blobKind(tensors(992), 1000), 'safetensors')
  assert.equal(blobKind(tensors(993), 1000), undefined)
  assert.equal(blobKind(tensors(2), 4), undefined)
  assert.equal(blobKind(tensors(2).subarray(0, 9), 1000), 'safetensors')
  assert.equal(blobKind(tensors(2).subarray(0, 8), 1000), undefined)
})
