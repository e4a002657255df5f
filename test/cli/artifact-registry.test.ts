import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { ggufFixture } from '../kit/image/model-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { addLargeModel } from '../kit/registry/large-model.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const SIZE = 5_000_000_000

/** A model of 5 GB, of which the registry has the header. */
const tokens = Array.from({ length: 32_000 }, (_, index) => `▁token${index}`)
const head = ggufFixture(
  { 'general.architecture': 'llama', 'general.name': 'Large', 'general.file_type': 15, 'tokenizer.ggml.tokens': tokens },
  Array.from({ length: 291 }, (_, index) => ({ name: `blk.${index}.ffn_up.weight`, type: 12, shape: [4096, 4096] })),
)
const digest = digestOf(head)

describe('a model of 5 GB in a registry', () => {
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-model-'))
    registry = await TestRegistry.start()
    addLargeModel(registry, head, SIZE)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  const run = async (command: string, ...args: string[]) => {
    const start = registry.seen.length
    const env = { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' }
    const result = await peel([command, `${registry.host}/model`, ...args], { env })
    const bytes = registry.seen.slice(start).reduce((sum, { answerBytes }) => sum + answerBytes, 0)
    return { ...result, bytes }
  }

  test('inspect shows architecture and tensors with less than 2 MB read', async () => {
    const { stdout, stderr, status, bytes } = await run('inspect', '--json')
    assert.equal(status, 0, stderr)
    const { artifact } = JSON.parse(stdout)
    assert.deepEqual(
      [artifact.architecture, artifact.name, artifact.quantization, artifact.tensors, artifact.parameters],
      ['llama', 'Large', 'Q4_K_M', 291, 291 * 4096 * 4096],
    )
    assert.equal(artifact.files[0].proven, false)
    assert.ok(bytes < 2_000_000, `${bytes} bytes`)
  })

  test('ls reads the manifest alone', async () => {
    const { stdout, bytes } = await run('ls', '--json')
    assert.deepEqual([JSON.parse(stdout).path, JSON.parse(stdout).size, JSON.parse(stdout).digest], ['model.gguf', SIZE, digest])
    assert.ok(bytes < 10_000, `${bytes} bytes`)
  })
})
