import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { splitDigest } from '../../src/blob/digest.ts'
import { corpusPath, corpusTest } from '../kit/corpus.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-verify-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const layers = [layerFixture({ file: 'content\n' }), layerFixture({ other: 'more\n' }, { compression: 'none' })]

async function verify(image: string, ...args: string[]) {
  const { status, stdout, stderr } = await peel(['verify', image, '--json', ...args], { env })
  return {
    status,
    stderr,
    ...(JSON.parse(stdout) as { ok: boolean; problems: { code: string; layer: number | null; digest: string }[] }),
  }
}

describe('peel verify', () => {
  test('a sound image is ok', async () => {
    const sound = writeLayout(join(directory, 'sound'), { t: imageFixture(layers) })
    assert.deepEqual(await verify(sound), { status: 0, stderr: '', ok: true, problems: [] })
    assert.match((await peel(['verify', sound], { env })).stdout, /^ok: 4 blobs, /)
  })

  test('a wrong DiffID is found, with its layer, although the blob is as its digest says', async () => {
    const image = imageFixture(layers, {
      config: { rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`, `sha256:${'1'.repeat(64)}`] } },
    })
    const { status, ok, problems } = await verify(writeLayout(join(directory, 'diff-id'), { t: image }))
    assert.equal(status, 1)
    assert.equal(ok, false)
    assert.deepEqual(
      problems.map(({ code, layer }) => [code, layer]),
      [
        ['DIFF_ID_MISMATCH', 0],
        ['DIFF_ID_MISMATCH', 1],
      ],
    )
    const inspected = await peel(['inspect', join(directory, 'diff-id'), '--layers', '--json'], { env })
    const { diagnostics } = JSON.parse(inspected.stdout) as { diagnostics: { code: string; layer: number }[] }
    assert.deepEqual(
      diagnostics.map(({ code, layer }) => [code, layer]),
      [
        ['DIFF_ID_MISMATCH', 0],
        ['DIFF_ID_MISMATCH', 1],
      ],
    )
    const told = await peel(['inspect', join(directory, 'diff-id'), '--layers'], { env })
    assert.match(told.stderr, /^peel: error: Layer 1 unpacks to sha256:\w+ where the config says sha256:0+$/m)
  })

  test('two descriptors of one blob are both held against it', async () => {
    const image = imageFixture([layers[0], layers[0]].filter(layer => layer !== undefined))
    const [first, second] = image.layers
    const twice = imageFixture(
      [layers[0], layers[0]].filter(layer => layer !== undefined),
      {
        manifest: { layers: [first, { ...second, size: 5 }] },
      },
    )
    const { status, problems } = await verify(writeLayout(join(directory, 'twice'), { t: twice }))
    assert.equal(status, 1)
    assert.deepEqual(
      problems.map(({ code, layer }) => [code, layer]),
      [['BLOB_SIZE_MISMATCH', 1]],
    )
  })

  test('a layer that changed on disk is found past the cache', async () => {
    const image = imageFixture(layers)
    const layout = writeLayout(join(directory, 'changed'), { t: image })
    assert.equal((await peel(['ls', layout], { env })).status, 0)
    const [layer] = image.layers
    const bytes = Buffer.from(image.blobs.get(layer?.digest ?? '') ?? '')
    bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1
    writeFileSync(join(layout, 'blobs', ...splitDigest(layer?.digest ?? image.descriptor.digest)), bytes)
    const { status, problems } = await verify(layout)
    assert.equal(status, 1)
    assert.deepEqual(
      problems.map(({ code, layer: position, digest }) => [code, position, digest]),
      [['BLOB_DIGEST_MISMATCH', 0, layer?.digest]],
    )
  })

  test('rules of the documents: rootfs.type, the number of DiffIDs', async () => {
    const image = imageFixture(layers, { config: { rootfs: { type: 'other', diff_ids: [] } } })
    const { ok, problems } = await verify(writeLayout(join(directory, 'rules'), { t: image }))
    assert.equal(ok, false)
    assert.deepEqual(problems.map(({ code }) => code).sort(), ['DIFF_IDS_COUNT', 'ROOTFS_TYPE'])
  })

  corpusTest('hostile layouts are judged, never crashed on', async () => {
    const judged: Readonly<Record<string, readonly [status: number, code?: string]>> = {
      ok: [0],
      'ambiguous-manifest': [1, 'MANIFEST_AMBIGUOUS'],
      'blob-is-directory': [1, 'BLOB_MISSING'],
      'config-missing': [1, 'CONFIG_MISSING'],
      'data-field': [0],
      'digest-sha512': [0],
      'gzip-bomb-64MiB': [0],
      'index-nested-3': [0],
      'layer-content-changed': [1, 'BLOB_DIGEST_MISMATCH'],
      'layer-missing': [1, 'BLOB_MISSING'],
      'layer-size-wrong': [1, 'BLOB_SIZE_MISMATCH'],
      'manifest-content-changed': [1, 'BLOB_SIZE_MISMATCH'],
      'manifest-size-wrong': [1, 'BLOB_SIZE_MISMATCH'],
      schema1: [1, 'SCHEMA1_UNSUPPORTED'],
    }
    for (const [name, [status, code]] of Object.entries(judged)) {
      const found = await verify(corpusPath('malformed', name))
      assert.equal(found.status, status, name)
      assert.deepEqual(
        found.problems.map(problem => problem.code),
        code === undefined ? [] : [code],
        name,
      )
    }
  })
})
