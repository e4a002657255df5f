import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { artifactJson } from '../../src/cli/print/artifact-json.ts'
import { jsonText } from '../../src/cli/run/json-text.ts'
import { artifact } from '../../src/cli/schema/artifact-shape.ts'
import { loadAny } from '../../src/image/load.ts'
import { artifactFacts } from '../../src/session/artifact/artifact-facts.ts'
import { artifactFixture, TITLE } from '../kit/image/artifact-fixture.ts'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { type ImageFixture, memorySource } from '../kit/image/image-fixture.ts'

const signal = new AbortController().signal
const holds = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(artifact)

async function jsonOf(fixture: ImageFixture): Promise<Record<string, unknown>> {
  const source = memorySource(fixture)
  return JSON.parse(
    jsonText(artifactJson(await artifactFacts(source, await loadAny(source, fixture.descriptor, signal), signal))),
  )
}

const cosign = artifactFixture([
  {
    type: 'application/vnd.dev.cosign.simplesigning.v1+json',
    bytes: JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'registry.example/app' },
        image: { 'docker-manifest-digest': `sha256:${'a'.repeat(64)}` },
        type: 'cosign container image signature',
      },
      optional: { commit: 'b' },
    }),
    annotations: { 'dev.cosignproject.cosign/signature': 'AAAA' },
  },
])
const named = artifactFixture([{ type: 'text/plain', bytes: 'x', annotations: { [TITLE]: 'a\u{fffd}' } }])

describe('the schema of an artifact in inspect', () => {
  test('describes every sample, and each kind of summary is among them', async () => {
    const kinds = new Set<unknown>()
    for (const [name, sample] of Object.entries({ ...ARTIFACT_SAMPLES, cosign, named })) {
      const json = await jsonOf(sample)
      assert.ok(holds(json), `${name}: ${JSON.stringify(holds.errors)}`)
      kinds.add(json['kind'])
    }
    assert.deepEqual([...kinds].sort(), ['gguf', 'safetensors', 'signature', 'statement', 'wasm', undefined])
  })

  test('refuses a field that it does not name, in the headline and in a summary', async () => {
    const json = await jsonOf(ARTIFACT_SAMPLES['gguf'] ?? assert.fail())
    assert.equal(holds({ ...json, more: 1 }), false)
    const [file] = json['files'] as readonly { summary: object }[]
    assert.ok(file !== undefined)
    assert.equal(holds({ ...json, files: [{ ...file, summary: { ...file.summary, more: 1 } }] }), false)
    assert.ok(holds({ ...json, files: [file] }))
  })
})
