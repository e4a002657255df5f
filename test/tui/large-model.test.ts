import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { ggufFixture } from '../kit/image/model-fixture.ts'
import { noise } from '../kit/noise.ts'
import { addLargeModel } from '../kit/registry/large-model.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'
import { press } from '../kit/terminal/golden-frame.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const SIZE = 5_000_000_000
const head = ggufFixture(
  { 'general.architecture': 'llama', 'general.name': 'Large', 'general.file_type': 15 },
  Array.from({ length: 291 }, (_, index) => ({ name: `blk.${index}.ffn_up.weight`, type: 12, shape: [4096, 4096] })),
)

describe('a model of 5 GB in the interface', () => {
  let registry: TestRegistry
  before(async () => {
    registry = await TestRegistry.start()
    addLargeModel(registry, head, SIZE)
  })
  after(() => registry.close())

  test('opens on architecture and tensors, and so does its file, with less than 2 MB read; its bytes are fetched page by page', async () => {
    const shown = await showImage(`${registry.host}/model`, { columns: 80, rows: 24 }, [/Q4_K_M/])
    const { terminal } = shown
    try {
      assert.match(terminal.model.text(), /architecture llama/)
      await press(terminal, '2j\r')
      await terminal.shows(/tensor +blk\.0\.ffn_up\.weight/)
      assert.match(terminal.model.text(), /model\.gguf/)
      const bytes = () => registry.seen.reduce((sum, { answerBytes }) => sum + answerBytes, 0)
      assert.ok(bytes() < 2_000_000, `${bytes()} bytes`)
      await press(terminal, 'x')
      await terminal.shows(/hexadecimal, not proven/, /00000000 +47 47 55 46/)
      await press(terminal, 'G')
      await terminal.shows(/12a05f1f[08] +00 00/)
      assert.ok(bytes() < 3_000_000, `${bytes()} bytes`)
    } finally {
      await shown.close()
    }
  })

  test('a data set that is a tar is not pulled unasked', async () => {
    const rows = gzipSync(tarFixture([{ name: 'rows.csv', content: noise(400_000) }]))
    registry.store.add(
      'rows',
      'latest',
      artifactFixture([{ type: 'application/vnd.cncf.model.dataset.v1.tar+gzip', bytes: rows }]),
    )
    const start = registry.seen.length
    const shown = await showImage(`${registry.host}/rows`, { columns: 80, rows: 24, askAbove: 100_000 }, [/PULL LAYERS/])
    try {
      const bytes = registry.seen.slice(start).reduce((sum, { answerBytes }) => sum + answerBytes, 0)
      assert.ok(bytes < 100_000, `${bytes} bytes`)
      await press(shown.terminal, '\r')
      await shown.terminal.shows(/1 blob/)
    } finally {
      await shown.close()
    }
  })
})
