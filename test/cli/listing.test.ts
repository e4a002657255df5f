import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_ARTIFACT_RC } from '../../src/blob/media-type.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-listing-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const document = Buffer.from('{"made":"by hand"}')
/** An artifact manifest as the release candidates of image-spec 1.1 had it. */
const old = fixture(OCI_ARTIFACT_RC, {
  mediaType: OCI_ARTIFACT_RC,
  artifactType: 'application/example.bill\u001b',
  blobs: [{ mediaType: 'application/json', digest: digestOf(document), size: document.length }],
})
const unknown = fixture('application/example.unheard-of', {})

describe('without a terminal, what is no single image is listed with status 0', () => {
  test('an artifact manifest of old, with its blobs', async () => {
    const { status, stdout } = await peel([writeLayout(join(directory, 'old'), { t: old })])
    assert.equal(status, 0)
    assert.match(stdout, /artifact {2}t {2}example\.bill\\e +\d+ B/)
    assert.match(stdout, new RegExp(`${digestOf(document).slice(7, 19)}  application/json`))
  })

  test('in an index its blobs are copied with it, and verified', async () => {
    const index = indexFixture([imageFixture([layerFixture({ a: '1' })]), old])
    const from = writeLayout(join(directory, 'from'), { t: index })
    const to = join(directory, 'to')
    const copied = await peel(['copy', `oci:${from}:t`, `oci:${to}:t`, '--all'])
    assert.equal(copied.status, 0, copied.stderr)
    const { status, stdout, stderr } = await peel(['verify', `oci:${to}`])
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /^ok: 6 blobs, /)
    assert.ok(existsSync(join(to, 'blobs', digestOf(document).replace(':', '/'))))
  })

  test('what is of an unknown type', async () => {
    const { status, stdout } = await peel([writeLayout(join(directory, 'unknown'), { t: unknown })])
    assert.equal(status, 0)
    assert.match(stdout, /other {2}t +2 B {2}44136fa355b3 {2}application\/example\.unheard-of/)
  })

  test('several images, and how to say which', async () => {
    const [one, other] = [imageFixture([layerFixture({ a: '1' })]), imageFixture([layerFixture({ a: '2' })])]
    const layout = writeLayout(join(directory, 'several'), { one, other })
    const { status, stdout, stderr } = await peel([layout])
    assert.equal(status, 0)
    assert.match(stdout, /image {2}one {2}linux\/amd64[\s\S]*image {2}other {2}linux\/amd64/)
    assert.match(stderr, /There are several\. Add :TAG/)
    // Scripts get what is certain, or an error.
    assert.equal((await peel(['inspect', layout])).status, 2)
  })
})

function fixture(mediaType: string, value: object): ImageFixture {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = digestOf(bytes)
  return {
    descriptor: { mediaType, digest, size: bytes.length },
    blobs: new Map([
      [digest, bytes],
      [digestOf(document), document],
    ]),
    layers: [],
  }
}
