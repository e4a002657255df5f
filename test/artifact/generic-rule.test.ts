import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { artifactParts } from '../../src/artifact/generic-rule.ts'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'

const TITLE = 'org.opencontainers.image.title'
const part = (mediaType: string, annotations?: Readonly<Record<string, string>>) => {
  const blob: Descriptor = { mediaType, digest: digestOf(Buffer.of()), size: 0, ...(annotations && { annotations }) }
  return artifactParts([blob, blob])[1]
}

describe('the generic rule', () => {
  const titles: readonly (readonly [title: string, path: string, odd: RegExp | undefined])[] = [
    ['model.gguf', 'model.gguf', undefined],
    ['a/b.json', 'a/b.json', undefined],
    ['/etc/passwd', 'etc/passwd', /is absolute/],
    ['../../up', 'up', /leads out of its directory/],
    ['a/../../b', 'b', /leads out of its directory/],
    ['', 'blob-2', /names nothing/],
    ['.', 'blob-2', /names nothing/],
    ['a\0b', 'blob-2', /has a zero byte/],
    ['x'.repeat(4097), 'blob-2', /is too long/],
  ]
  for (const [title, path, odd] of titles) {
    test(`a title ${JSON.stringify(title.slice(0, 20))} is listed as ${path}`, () => {
      const found = part('text/plain', { [TITLE]: title })
      assert.deepEqual([found?.path, found?.named], [path, path !== 'blob-2'])
      assert.equal(found?.diagnostics.length, odd === undefined ? 0 : 1)
      if (odd !== undefined) assert.match(found?.diagnostics[0]?.message ?? '', odd)
    })
  }

  test('the oddity of a title is told with the beginning of both names and its blob', () => {
    const title = `/${'x'.repeat(200)}`
    const [diagnostic] = part('text/plain', { [TITLE]: title })?.diagnostics ?? []
    assert.deepEqual(diagnostic, {
      code: 'TITLE_INVALID',
      severity: 'warning',
      message: `A blob is called "/${'x'.repeat(99)}", which is absolute; it is listed as "${'x'.repeat(100)}"`,
      layer: 1,
    })
  })

  test('a name of as many bytes as a path may have is kept', () => {
    const [most, more] = ['é'.repeat(2048), 'é'.repeat(2049)]
    assert.equal(part('text/plain', { [TITLE]: most })?.path, Buffer.from(most).toString('latin1'))
    assert.equal(part('text/plain', { [TITLE]: more })?.path, 'blob-2')
  })

  test("the title comes before ModelPack's file path; without either a blob has its number", () => {
    assert.equal(part('text/plain', { 'org.cncf.model.filepath': 'w/x', [TITLE]: 'y' })?.path, 'y')
    assert.equal(part('text/plain', { 'org.cncf.model.filepath': 'w/x' })?.path, 'w/x')
    assert.deepEqual([part('text/plain')?.path, part('text/plain')?.named], ['blob-2', false])
  })

  test('a media type that says tar, or the mark of oras, is a tree', () => {
    const tars = [
      'application/vnd.x.tar',
      'application/x.tar+gzip',
      'application/x+tar.gz',
      'application/x.tar.zstd',
      'a/b.tgz',
      'a/b+gzip',
    ]
    for (const type of tars) assert.equal(part(type)?.tar, true, type)
    for (const type of ['application/x.tarball', 'application/json', 'tar', 'a/b.tgz.x'])
      assert.equal(part(type)?.tar, false, type)
    assert.equal(part('text/plain', { 'io.deis.oras.content.unpack': 'true' })?.tar, true)
    assert.equal(part('text/plain', { 'io.deis.oras.content.unpack': 'false' })?.tar, false)
  })
})
