import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { asking } from '../../src/session/asking.ts'
import { withSession } from '../../src/session/opened-image.ts'
import { verifyImages } from '../../src/session/verify-image.ts'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { type ImageFixture, writeLayout } from '../kit/image/image-fixture.ts'

/** Verifies one artifact of a layout, in which `spoil` may change blobs before. */
async function verified(image: ImageFixture, spoil: (blobs: string) => void = () => undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'peel-verify-artifact-'))
  try {
    const layout = writeLayout(join(directory, 'layout'), { it: image })
    spoil(join(layout, 'blobs/sha256'))
    const options = asking({ cache: false })
    return await withSession(options, `oci:${layout}:it`, session => verifyImages(session, { signal: options.signal }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const errors = ({ problems }: Awaited<ReturnType<typeof verified>>) =>
  problems.filter(({ severity }) => severity === 'error').map(({ code, digest }) => [code, digest])

describe('verify of an artifact', () => {
  test('every sample is sound: manifest, config and all blobs are read, and no rule is broken', async () => {
    for (const [name, sample] of Object.entries(ARTIFACT_SAMPLES)) {
      const found = await verified(sample)
      assert.deepEqual(errors(found), [], name)
      const { size } = sample.descriptor
      const bytes = [...sample.blobs.values()].reduce((sum, blob) => sum + blob.length, 0) - size
      assert.deepEqual([found.blobs, found.bytes], [sample.blobs.size, bytes], name)
    }
  })

  test('a blob that is damaged, cut or gone is told by its digest; the others are verified all the same', async () => {
    const bytes = ['first', 'second', 'third', 'fourth']
    const artifact = artifactFixture(
      bytes.map(each => ({ type: 'text/plain', bytes: each })),
      { artifactType: 'application/vnd.example' },
    )
    const [damaged = '', cut = '', gone = ''] = artifact.layers.map(({ digest }) => digest)
    const found = await verified(artifact, blobs => {
      const file = (digest: string) => join(blobs, digest.slice('sha256:'.length))
      writeFileSync(file(damaged), 'FIRST')
      writeFileSync(file(cut), 'sec')
      rmSync(file(gone))
    })
    assert.deepEqual(
      errors(found).sort(),
      [
        ['BLOB_DIGEST_MISMATCH', damaged],
        ['BLOB_MISSING', gone],
        ['BLOB_SIZE_MISMATCH', cut],
      ].sort(),
    )
  })

  test('an empty config without artifactType breaks the rule of the specification', async () => {
    const { problems } = await verified(artifactFixture([{ type: 'text/plain', bytes: 'x' }]))
    assert.ok(problems.some(({ code, message }) => code === 'DOCUMENT_RULE' && message.includes('artifactType')))
  })
})
