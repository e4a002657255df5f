import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe } from 'node:test'
import { entriesOf } from '../../src/layer/changeset.ts'
import { corpusPath, corpusTest, hasCorpus } from '../kit/corpus.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'

const cases = hasCorpus ? readdirSync(corpusPath('weird')).filter(name => !name.endsWith('.json')) : []

/** The diagnostics of each odd case; every other case reads without a word. */
const FINDINGS: Readonly<Record<string, readonly string[]>> = {
  'dup-dir-modes': ['LAYER_NAME_REPEATED'],
  'dup-file': ['LAYER_NAME_REPEATED'],
  'dup-file-then-dir': ['LAYER_NAME_REPEATED'],
  'enc-gzip-trailing-garbage': ['GZIP_TRAILING_GARBAGE'],
  'enc-gzip-trailing-zeros': ['GZIP_TRAILING_ZEROS'],
  'tar-bad-checksum': ['TAR_HEADER_DAMAGED'],
  'tar-concatenated': ['TAR_TRAILING_DATA'],
  'tar-no-eof': ['TAR_NO_END'],
  'tar-trailing-garbage': ['TAR_TRAILING_DATA'],
  'tar-truncated': ['TAR_TRUNCATED'],
  'whiteout-dotdot': ['WHITEOUT_INVALID', 'WHITEOUT_INVALID'],
}

type Manifest = { readonly layers: readonly { readonly digest: string }[]; readonly config: { readonly digest: string } }

function layersOf(name: string) {
  const layout = corpusPath('weird', name)
  const blob = (digest: string) => readFileSync(`${layout}/blobs/${digest.replace(':', '/')}`)
  const index = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8')) as { manifests: readonly { digest: string }[] }
  const manifest = JSON.parse(blob(index.manifests[0]?.digest ?? '').toString()) as Manifest
  const config = JSON.parse(blob(manifest.config.digest).toString()) as { rootfs: { diff_ids: readonly string[] } }
  return { layers: manifest.layers.map(({ digest }) => readLayerBytes(blob(digest), 1000)), diffIDs: config.rootfs.diff_ids }
}

describe('layers of the weird images', () => {
  for (const name of cases) {
    corpusTest(name, () => {
      const { layers, diffIDs } = layersOf(name)
      const codes = layers.flatMap(({ changeset }) => changeset.diagnostics.map(({ code }) => code))
      assert.deepEqual(codes, FINDINGS[name] ?? [])
      const right = layers.every(({ diffID }, position) => diffID === diffIDs[position])
      assert.equal(right, name !== 'enc-wrong-diffid')
      for (const { changeset } of layers)
        for (const entry of entriesOf(changeset)) assert.equal(entry.type === 'file', entry.sha256 !== undefined)
    })
  }
})
