import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const capability = (...bytes: number[]) => ({ 'SCHILY.xattr.security.capability': Uint8Array.from(bytes) })
const long = (size: number) => 'n'.repeat(size)
const deep = (count: number) => Array(count).fill(long(100)).join('/')

/** Each seen at docker 28 and podman 4.3, which refuse or take a layer with that entry. */
const REFUSED: readonly TarFixture[] = [
  { name: long(256) },
  { name: `d/${long(256)}/f` },
  { name: deep(41) },
  { name: '', flag: '0', content: 'x' },
  // Docker 20.10 and podman 4.3, each: "unlinkat .//: device or resource busy".
  { name: '.', flag: '0' },
  { name: '/', flag: '0' },
  { name: '..', flag: '0' },
  { name: './', flag: '2', link: 'x' },
  { name: 's', flag: '2', link: '' },
  { name: 's', flag: '2', link: long(4096) },
  { name: 'c', flag: '7', content: 'x' },
  { name: 'f', pax: capability(0x31) },
  { name: 'f', pax: capability(0, 0, 0, 2) },
  { name: 'f', pax: { 'SCHILY.xattr.user.a': long(65_537) } },
  { name: 's', flag: '2', link: 'x', pax: { 'SCHILY.xattr.user.a': '1' } },
]
const TAKEN: readonly TarFixture[] = [
  { name: long(255) },
  { name: deep(40) },
  { name: 's', flag: '2', link: '../../../x' },
  { name: '../x' },
  { name: 'f', pax: { 'SCHILY.xattr.nowhere': '1' } },
  { name: 'f', pax: { 'SCHILY.xattr.user.a': long(65_536) } },
  { name: 'f', pax: capability(1, 0, 0, 2, ...Array(16).fill(0)) },
  { name: 'f', mtime: 0, pax: { mtime: '-5.5' } },
]

test('entries that docker and podman refuse to unpack are counted by kind and named', () => {
  const said = (entries: readonly TarFixture[]) =>
    readLayerBytes(tarFixture(entries)).changeset.diagnostics.filter(({ code }) => code === 'ENTRY_REFUSED')
  for (const entry of REFUSED) assert.equal(said([entry]).length, 1, JSON.stringify(entry).slice(0, 60))
  for (const entry of TAKEN) assert.deepEqual(said([entry]), [], JSON.stringify(entry).slice(0, 60))
  const many = said(Array.from({ length: 1000 }, (_, index) => ({ name: `c${index}`, flag: '7' })))
  assert.deepEqual(
    many.map(({ message }) => message),
    ['1000 entries have a tar type that they do not know: docker and podman refuse the layer: /c0, /c1, /c2, …'],
  )
})
