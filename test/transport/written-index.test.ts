import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { digestOf, parseDigest } from '../../src/blob/digest.ts'
import { OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../../src/blob/read.ts'
import { ImageError } from '../../src/error.ts'
import { openLayoutSink } from '../../src/transport/layout-sink.ts'
import { WrittenIndex } from '../../src/transport/written-index.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-written-index-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const REF_NAME = 'org.opencontainers.image.ref.name'
const DIGESTS = ['a', 'b'].map(letter => parseDigest(`sha256:${letter.repeat(64)}`))
const root = (which: number) => ({ mediaType: OCI_MANIFEST, digest: DIGESTS[which] ?? parseDigest(''), size: 1 })
const entry = (name: string | undefined, which = 0) => ({
  ...root(which),
  ...(name !== undefined && { annotations: { [REF_NAME]: name } }),
})
const indexOf = (...manifests: readonly object[]) =>
  new WrittenIndex(Buffer.from(JSON.stringify({ schemaVersion: 2, kept: true, manifests })))
const written = (text: string) =>
  JSON.parse(text).manifests.map((each: ReturnType<typeof entry>) => `${each.annotations?.[REF_NAME]}=${each.digest.at(-1)}`)

test('an entry has the members that the specification names, and none of peel’s own', () => {
  const own = { names: ['registry.internal/team/app:1'], isPrivate: true }
  const spec = { platform: { os: 'linux', architecture: 'amd64' }, artifactType: 'a/b', urls: ['https://a.example'] }
  const manifests = JSON.parse(indexOf().with([{ root: { ...root(0), ...spec, ...own }, names: ['x'] }])).manifests
  assert.deepEqual(manifests, [{ ...root(0), ...spec, annotations: { [REF_NAME]: 'x' } }])
})

describe('an index.json with more images', () => {
  test('has each once under its name, in the place of the first that had it', () => {
    const index = indexOf(entry('x'), entry('y'), entry('x', 1), entry(undefined))
    const roots = [
      { root: root(1), names: ['x', 'z'] },
      { root: root(1), names: [] },
      { root: root(0), names: [] },
      { root: root(0), names: ['z'] },
    ]
    assert.deepEqual(written(index.with(roots)), ['x=b', 'y=a', 'undefined=a', 'z=a', 'undefined=b'])
    assert.equal(JSON.parse(index.with(roots)).kept, true)
  })

  test('has one without a name in the place of another only where that is all and it is to be replaced', () => {
    const roots = [{ root: root(1), names: [] }]
    assert.deepEqual(written(indexOf(entry(undefined)).with(roots, { replace: true })), ['undefined=b'])
    assert.deepEqual(written(indexOf(entry(undefined)).with(roots)), ['undefined=a', 'undefined=b'])
    assert.deepEqual(written(indexOf(entry('x')).with(roots, { replace: true })), ['x=a', 'undefined=b'])
  })

  test('finds what a name is taken by, however it is written', () => {
    const index = indexOf(
      entry('docker.io/library/app:1'),
      entry('app:2', 1),
      entry('app:3'),
      entry('docker.io/library/app:3', 1),
    )
    const held = (name: string | undefined, which: number) => index.heldUnder(name, root(which).digest)
    assert.deepEqual(
      ['app:1', '1', 'app:2', '2', 'app:3', '3', 'app', undefined].map(name => [held(name, 0), held(name, 1)]),
      [
        ['same', 'other'],
        ['same', 'other'],
        ['other', 'same'],
        ['other', 'same'],
        ['other', 'other'],
        ['other', 'other'],
        ['nothing', 'nothing'],
        ['other', 'other'],
      ],
    )
  })

  test('takes thousands of names in one pass', () => {
    const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
    const index = indexOf(...names(4000, 'old').map(name => entry(name)))
    const before = process.cpuUsage()
    const text = index.with([{ root: root(1), names: names(4000, 'new') }])
    for (const name of names(4000, 'new')) index.heldUnder(name, root(1).digest)
    assert.equal(written(text).length, 8000)
    // Read anew for each name it took a minute.
    assert.ok(process.cpuUsage(before).user < 5_000_000)
  })
})

test('an index that would be too long to be read is not written, and the layout stays as it was', async () => {
  const layout = join(directory, 'layout')
  const bytes = Buffer.from('{}')
  const blob = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }
  const add = async (name: string) => {
    await using sink = await openLayoutSink(layout, { name })
    await sink.put(blob, [bytes] as unknown as AsyncIterable<Uint8Array>)
    await sink.commit(blob, name)
  }
  await add('first')
  const file = join(layout, 'index.json')
  const value = JSON.parse(readFileSync(file, 'utf8'))
  value.manifests[0].annotations.long = 'x'.repeat(DOCUMENT_LIMIT - readFileSync(file).length - 20)
  const full = JSON.stringify(value)
  writeFileSync(file, full)
  await assert.rejects(add('second'), thrown => thrown instanceof ImageError && thrown.code === 'DOCUMENT_TOO_LARGE')
  assert.equal(readFileSync(file, 'utf8'), full)
  assert.deepEqual(readdirSync(layout).sort(), ['blobs', 'index.json', 'oci-layout'])
})
