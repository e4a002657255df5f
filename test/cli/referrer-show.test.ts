import assert from 'node:assert/strict'
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { attestationFixture, documentFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peerTest, run as runPeer } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'b' })])
const other = imageFixture([layerFixture({ c: 'd' })])
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
/** A signature as cosign stores it: a payload that names a digest, signed, in a manifest about the image. */
function cosign(about: ImageFixture, of: ImageFixture = about): ImageFixture {
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': 'ghcr.io/o/app' },
      image: { 'docker-manifest-digest': of.descriptor.digest },
      type: 'cosign container image signature',
    },
    optional: { env: 'prod' },
  })
  const signature = sign('sha256', Buffer.from(payload), privateKey).toString('base64')
  return artifactFixture(
    [{ type: simpleSigning, bytes: payload, annotations: { 'dev.cosignproject.cosign/signature': signature } }],
    { artifactType: simpleSigning, subject: about },
  )
}

const provenance = (about: ImageFixture) => ({
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [
    { name: 'app', digest: { sha256: about.descriptor.digest.slice(7) } },
    { name: 'another', digest: { sha256: 'a'.repeat(64) } },
  ],
  predicate: {
    buildDefinition: {
      buildType: 'https://example.org/build',
      externalParameters: { configSource: { uri: 'https://github.com/o/r.git' } },
      resolvedDependencies: [{ uri: 'pkg:docker/alpine@3.20', digest: { sha256: 'ab' } }],
    },
    runDetails: {
      builder: { id: 'https://builder.example.org' },
      metadata: {
        buildkit_metadata: {
          source: { infos: [{ filename: 'Dockerfile', data: Buffer.from('FROM alpine:3.20\nRUN make\n').toString('base64') }] },
        },
      },
    },
  },
})

/** The attestation as an artifact with a subject, signed in an envelope. */
function signedProvenance(about: ImageFixture): ImageFixture {
  const payload = Buffer.from(JSON.stringify(provenance(about)))
  const type = 'application/vnd.in-toto+json'
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  const envelope = {
    payloadType: type,
    payload: payload.toString('base64'),
    signatures: [{ sig: sign('sha256', message, privateKey).toString('base64') }],
  }
  return artifactFixture([{ type: 'application/vnd.dsse.envelope.v1+json', bytes: JSON.stringify(envelope) }], {
    artifactType: 'application/vnd.dsse.envelope.v1+json',
    subject: about,
  })
}

describe('peel referrers --show', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-show-'))
    writeFileSync(join(directory, 'cosign.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(directory, 'other.pub'), stranger.publicKey.export({ type: 'spki', format: 'pem' }))
  })
  after(() => rmSync(directory, { recursive: true }))
  const show = async (name: string, fixtures: readonly ImageFixture[], ...args: string[]) => {
    const layout = writeLayout(join(directory, name), {
      image,
      ...Object.fromEntries(fixtures.map((fixture, index) => [index === 0 ? '' : `x${index}`, fixture])),
    })
    return peel(['referrers', `oci:${layout}:image`, '--show', '1', ...args])
  }
  const key = (file: string) => ['--key', join(directory, file)]

  test('a cosign signature: what it signs, and whether this key made it', async () => {
    const plain = await show('cosign', [cosign(image)])
    assert.match(plain.stdout, /signature +cosign/)
    assert.match(plain.stdout, new RegExp(`signs +${image.descriptor.digest}`))
    assert.match(plain.stdout, /claim +env=prod/)
    const right = await show('cosign', [cosign(image)], '--json', ...key('cosign.pub'))
    assert.deepEqual([right.status, JSON.parse(right.stdout).documents[0].signature], [0, 'right'])
    const wrong = await show('cosign', [cosign(image)], '--json', ...key('other.pub'))
    assert.deepEqual([wrong.status, JSON.parse(wrong.stdout).documents[0].signature], [1, 'wrong'])
  })

  test('a signature of another image, hung on this one, is wrong though the key is right', async () => {
    const { status, stdout } = await show('moved', [cosign(image, other)], ...key('cosign.pub'))
    assert.equal(status, 1)
    assert.match(stdout, /WRONG/)
  })

  test('provenance as an artifact with a subject: builder, base, the recorded Dockerfile, its envelope', async () => {
    const { stdout, status } = await show('provenance', [signedProvenance(image)], ...key('cosign.pub'))
    assert.equal(status, 0)
    for (const wanted of [
      /builder +https:\/\/builder\.example\.org/,
      /base +pkg:docker\/alpine@3\.20/,
      /source +https:\/\/github\.com\/o\/r\.git/,
      /FROM alpine:3\.20/,
      /right, by this key/,
    ])
      assert.match(stdout, wanted)
  })

  test('an attestation in the image’s own index', async () => {
    const index = indexFixture([image, attestationFixture(image)])
    const layout = writeLayout(join(directory, 'index'), { app: index })
    const { stdout, status } = await peel(['referrers', `oci:${layout}:app`, '--show', '1', '--json'])
    assert.deepEqual([status, JSON.parse(stdout).documents[0].summary.predicateType], [0, 'https://spdx.dev/Document'])
    const unsigned = await peel(['referrers', `oci:${layout}:app`, '--show', '1', ...key('cosign.pub')])
    assert.equal(unsigned.status, 1)
  })

  test('in a registry, found by cosign’s tag', async () => {
    const registry = await TestRegistry.start()
    try {
      registry.store.add('app', 'latest', image)
      const payload = JSON.stringify({ critical: { image: { 'docker-manifest-digest': image.descriptor.digest } } })
      const signature = sign('sha256', Buffer.from(payload), privateKey).toString('base64')
      const tag = `${image.descriptor.digest.replace(':', '-')}.sig`
      registry.store.add('app', tag, documentFixture(simpleSigning, payload, { 'dev.cosignproject.cosign/signature': signature }))
      const env = { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' }
      const { stdout, stderr, status } = await peel(
        ['referrers', `${registry.host}/app`, '--show', '1', '--json', ...key('cosign.pub')],
        { env },
      )
      assert.deepEqual([status, JSON.parse(stdout || '{}').documents?.[0].signature], [0, 'right'], stderr)
    } finally {
      await registry.close()
    }
  })

  test('a number that none has, a key that is none, a key without a referrer', async () => {
    const none = await show('none', [])
    assert.deepEqual([none.status, /there are 0/.test(none.stderr)], [3, true])
    writeFileSync(join(directory, 'bad.pub'), 'no key')
    const bad = await show('cosign', [cosign(image)], ...key('bad.pub'))
    assert.deepEqual([bad.status, /neither a public key nor a certificate/.test(bad.stderr)], [3, true])
    assert.equal((await peel(['referrers', 'oci:x', ...key('cosign.pub')])).status, 2)
  })

  peerTest('a notation signature is right by the certificate that issued its own', ['openssl'], async () => {
    const openssl = (...args: string[]) => runPeer('openssl', args, { cwd: directory })
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=ca',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
    )
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=signer', '-keyout', 'leaf.key', '-out', 'leaf.csr')
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-out',
      'leaf.crt',
    )
    const signer: KeyObject = createPrivateKey(readFileSync(join(directory, 'leaf.key')))
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [head, payload] = [
      part({ alg: 'PS256', cty: 'application/vnd.cncf.notary.payload.v1+json' }),
      part({
        targetArtifact: { mediaType: image.descriptor.mediaType, digest: image.descriptor.digest, size: image.descriptor.size },
      }),
    ]
    const signature = sign('sha256', Buffer.from(`${head}.${payload}`), { key: signer, padding: 6, saltLength: 32 }).toString(
      'base64url',
    )
    const der = readFileSync(join(directory, 'leaf.crt'), 'utf8').replace(/-----[^-]+-----|\s/g, '')
    const bytes = JSON.stringify({ payload, protected: head, header: { x5c: [der] }, signature })
    const notation = artifactFixture([{ type: 'application/jose+json', bytes }], {
      artifactType: 'application/vnd.cncf.notary.signature',
      subject: image,
    })
    const right = await show('notation', [notation], '--json', ...key('ca.crt'))
    assert.deepEqual([right.status, JSON.parse(right.stdout).documents[0].signature], [0, 'right'])
    const tampered = bytes.replace(signature, createHash('sha256').update('x').digest('base64url'))
    const wrong = artifactFixture([{ type: 'application/jose+json', bytes: tampered }], {
      artifactType: 'application/vnd.cncf.notary.signature',
      subject: image,
    })
    assert.equal((await show('notation2', [wrong], ...key('ca.crt'))).status, 1)
  })
})
