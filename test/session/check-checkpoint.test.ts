import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Diagnostic } from '../../src/error.ts'
import { asking } from '../../src/session/asking.ts'
import { checkReferences } from '../../src/session/check/check-references.ts'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-check-checkpoint-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const layer = layerFixture({ app: 'x' })
const annotations = { 'io.kubernetes.cri-o.annotations.checkpoint.name': 'app' }
const layout = writeLayout(join(directory, 'layout'), {
  artifact: ARTIFACT_SAMPLES['checkpoint'] ?? assert.fail(),
  // CRI-O gives its checkpoints the config of an image.
  annotated: imageFixture([layer], { manifest: { annotations } }),
  plain: imageFixture([layer]),
} satisfies Record<string, ImageFixture>)

async function warnings(name: string): Promise<readonly string[]> {
  const told: Diagnostic[] = []
  const notice = (diagnostic: Diagnostic) => void told.push(diagnostic)
  await checkReferences(asking({ cache: false, notice }), [`oci:${layout}:${name}`], {
    ...{ ciConfig: undefined, config: undefined, baseline: undefined, directory, diveRules: undefined, failOn: undefined },
    ...{ base: undefined, only: [], ignore: [], against: undefined, advice: false, now: Date.UTC(2026, 0, 1) },
  })
  return told.map(({ code, severity }) => `${severity} ${code}`)
}

describe('a check of a checkpoint', () => {
  test('warns of the memory that is in it, be it an artifact or an image by its config', async () => {
    assert.deepEqual(await warnings('artifact'), ['warning CHECKPOINT_MEMORY'])
    assert.deepEqual(await warnings('annotated'), ['warning CHECKPOINT_MEMORY'])
    assert.deepEqual(await warnings('plain'), [])
  })
})
