import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { asking } from '../../src/session/asking.ts'
import { companionsOf } from '../../src/session/copy/copy-referrers.ts'
import { openSession } from '../../src/session/session.ts'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const about = (subject: ImageFixture, artifactType: string) =>
  artifactFixture([{ type: 'text/plain', bytes: artifactType }], { artifactType, subject })
const sbom = about(image, 'text/sbom')
const signature = about(image, 'text/signature')
const onSbom = about(sbom, 'text/on-sbom')

test('everything that refers to a document is found once, and what refers to that in turn, as deep as asked', async context => {
  const layout = writeLayout(join(scratch(context), 'layout'), {
    image,
    sbom,
    signature,
    onSbom,
    other: about(imageFixture([layerFixture({})]), 'text/x'),
  })
  const asked = asking({ cache: false })
  await using session = await openSession(layout, asked, asked.signal)
  const found = async (subjects: readonly ImageFixture[], deepest?: number) => {
    const documents = subjects.map(({ descriptor }) => descriptor)
    const companions = await companionsOf(asked, session, documents, deepest)
    return companions.map(({ artifactType, tag }) => `${artifactType}${tag === undefined ? '' : ` ${tag}`}`)
  }
  assert.deepEqual(await found([image]), ['text/sbom', 'text/signature', 'text/on-sbom'])
  assert.deepEqual(await found([image], 1), ['text/sbom', 'text/signature'])
  assert.deepEqual(await found([image], 0), [])
  assert.deepEqual(await found([image, sbom]), ['text/signature', 'text/on-sbom'], 'what is copied anyway is no companion')
  assert.deepEqual(await found([signature]), [])
})
