import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { decodeCbor } from '../../src/artifact/summary/cbor.ts'
import { readCose } from '../../src/artifact/summary/cose.ts'
import { readTrustedKey, type TrustedKey } from '../../src/blob/signature.ts'
import { loadAny } from '../../src/image/load.ts'
import { artifactFacts } from '../../src/session/artifact/artifact-facts.ts'
import { verdictOf } from '../../src/session/referrer/signature-verdict.ts'
import { type ArtifactBlob, artifactFixture } from '../kit/image/artifact-fixture.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { peerTest, run } from '../kit/peer.ts'
import { cborFixture, coseFixture } from '../kit/samples/cbor-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

const image = imageFixture([layerFixture({ a: 'b' })])
const other = imageFixture([layerFixture({ c: 'd' })])
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const own = readTrustedKey(Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })), 'key')
const signal = new AbortController().signal

/** The verdict on one document that hangs on the image, and its summary. */
async function judged(blob: ArtifactBlob, key: TrustedKey) {
  const fixture = artifactFixture([blob], { artifactType: blob.type, subject: image })
  const source = memorySource({ ...fixture, blobs: new Map([...fixture.blobs, ...image.blobs]) })
  const facts = await artifactFacts(source, await loadAny(source, fixture.descriptor, signal), signal)
  const [file] = facts.files
  assert.ok(file !== undefined)
  return { verdict: await verdictOf(source, file, { key, subject: image.descriptor, signal }), summary: file.summary }
}

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const statementOf = (about = image) =>
  Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app', digest: { sha256: about.descriptor.digest.slice(7) } }],
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    }),
  )

/** The bundle that `cosign sign --new-bundle-format` writes, with a statement in an envelope; `certificate` DER, Base64, where one signed. */
function bundle(key: KeyObject, about = image, certificate?: string): ArtifactBlob {
  const [payload, payloadType] = [statementOf(about), 'application/vnd.in-toto+json']
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
  const document = {
    mediaType: BUNDLE,
    verificationMaterial: {
      ...(certificate === undefined ? { publicKey: { hint: 'x' } } : { certificate: { rawBytes: certificate } }),
      tlogEntries: [{ integratedTime: '1700000000' }],
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: sign('sha256', message, key).toString('base64') }],
    },
  }
  return { type: BUNDLE, bytes: JSON.stringify(document) }
}

describe('verdicts on signatures', () => {
  test('a Sigstore bundle by a key: right for its image, wrong for another and by another key', async () => {
    const right = await judged(bundle(privateKey), own)
    assert.deepEqual([right.verdict, right.summary?.kind], ['right', 'signature'])
    assert.equal((await judged(bundle(privateKey, other), own)).verdict, 'wrong')
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    assert.equal((await judged(bundle(stranger.privateKey), own)).verdict, 'wrong')
  })

  test('a bundle around a bare signature is of the manifest’s bytes', async () => {
    const manifest = image.blobs.get(image.descriptor.digest) ?? Buffer.alloc(0)
    const message = (bytes: Buffer): ArtifactBlob => ({
      type: BUNDLE,
      bytes: JSON.stringify({
        mediaType: BUNDLE,
        verificationMaterial: {},
        messageSignature: {
          messageDigest: {
            algorithm: 'SHA2_256',
            digest: Buffer.from(image.descriptor.digest.slice(7), 'hex').toString('base64'),
          },
          signature: sign('sha256', bytes, privateKey).toString('base64'),
        },
      }),
    })
    const { verdict, summary } = await judged(message(manifest), own)
    assert.deepEqual([verdict, summary?.kind === 'signature' && summary.digest], ['right', image.descriptor.digest])
    assert.equal((await judged(message(Buffer.from('other')), own)).verdict, 'wrong')
  })

  describe('by a certificate', () => {
    let directory = ''
    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'peel-verdict-'))
    })
    after(() => rmSync(directory, { recursive: true }))

    /** An authority, and a certificate that it issued to a key. */
    function issued() {
      const openssl = (...args: string[]) => run('openssl', args, { cwd: directory })
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.crt')
      openssl('req', ...key, '-subj', '/CN=signer', '-keyout', 'leaf.key', '-out', 'leaf.csr')
      const issue = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
      openssl('x509', '-req', '-in', 'leaf.csr', ...issue, '-out', 'leaf.crt')
      const pem = readFileSync(join(directory, 'leaf.crt'), 'utf8')
      return {
        ca: readTrustedKey(readFileSync(join(directory, 'ca.crt')), 'ca'),
        leaf: createPrivateKey(readFileSync(join(directory, 'leaf.key'))),
        pem,
        der: pem.replace(/-----[^-]+-----|\s/g, ''),
      }
    }

    peerTest(
      'notation in a JWS: right for its image by the issued key, wrong for another and by another key',
      ['openssl'],
      async () => {
        const { ca, leaf, der } = issued()
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
        const jws = (by: KeyObject, about = image, alg = 'ES256'): ArtifactBlob => {
          const { mediaType, digest, size } = about.descriptor
          const payload = part({ targetArtifact: { mediaType, digest, size } })
          const head = part({ alg, cty: 'application/vnd.cncf.notary.payload.v1+json' })
          const signature = sign('sha256', Buffer.from(`${head}.${payload}`), { key: by, dsaEncoding: 'ieee-p1363' })
          const document = { payload, protected: head, header: { x5c: [der] }, signature: signature.toString('base64url') }
          return { type: 'application/jose+json', bytes: JSON.stringify(document) }
        }
        assert.equal((await judged(jws(leaf), ca)).verdict, 'right')
        assert.equal((await judged(jws(leaf, other), ca)).verdict, 'wrong')
        assert.equal((await judged(jws(privateKey), ca)).verdict, 'wrong')
        assert.equal((await judged(jws(leaf, image, 'none'), ca)).verdict, 'wrong')
        assert.equal((await judged(jws(leaf), own)).verdict, 'unsigned')
      },
    )

    peerTest(
      'notation in COSE, a bundle and cosign’s annotations: right by the one that issued theirs',
      ['openssl'],
      async () => {
        const { ca, leaf, pem, der } = issued()
        const { mediaType, digest, size } = image.descriptor
        const payload = Buffer.from(JSON.stringify({ targetArtifact: { mediaType, digest, size } }))
        const head = new Map<number | string, number | string | readonly string[]>([
          [1, -7],
          [2, ['io.cncf.notary.signingScheme']],
          [3, 'application/vnd.cncf.notary.payload.v1+json'],
          ['io.cncf.notary.signingScheme', 'notary.x509'],
          ['io.cncf.notary.signingTime', 1_700_000_000],
        ])
        const plain = new Map<number | string, string | readonly Buffer[]>([
          [33, [Buffer.from(der, 'base64')]],
          ['io.cncf.notary.signingAgent', 'notation-go/1.3.0'],
        ])
        const signed = coseFixture(head, plain, payload, data => sign('sha256', data, { key: leaf, dsaEncoding: 'ieee-p1363' }))
        const cose = await judged({ type: 'application/cose', bytes: signed }, ca)
        assert.ok(cose.summary?.kind === 'signature')
        assert.deepEqual(
          [cose.verdict, cose.summary.digest, cose.summary.algorithm, cose.summary.signedAt, cose.summary.identity],
          ['right', digest, 'ES256', '2023-11-14T22:13:20.000Z', 'notation-go/1.3.0'],
        )
        assert.equal(cose.summary.certificates[0]?.subject, 'CN=signer')
        const broken = Buffer.from(signed)
        broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
        assert.equal((await judged({ type: 'application/cose', bytes: broken }, ca)).verdict, 'wrong')
        assert.equal((await judged({ type: 'application/cose', bytes: signed }, own)).verdict, 'unsigned')

        assert.equal((await judged(bundle(leaf, image, der), ca)).verdict, 'right')
        assert.equal((await judged(bundle(privateKey, image, der), ca)).verdict, 'wrong')

        const critical = { critical: { image: { 'docker-manifest-digest': digest } } }
        const bytes = JSON.stringify(critical)
        const cosign = (by: KeyObject): ArtifactBlob => ({
          type: 'application/vnd.dev.cosign.simplesigning.v1+json',
          bytes,
          annotations: {
            'dev.cosignproject.cosign/signature': sign('sha256', Buffer.from(bytes), by).toString('base64'),
            'dev.sigstore.cosign/certificate': pem,
          },
        })
        assert.equal((await judged(cosign(leaf), ca)).verdict, 'right')
        assert.equal((await judged(cosign(privateKey), ca)).verdict, 'wrong')
      },
    )
  })
})

describe('CBOR', () => {
  test('what was encoded is decoded; any bytes are a value or none, in bounded time', () => {
    const value = new Map<number | string, number | Buffer>([
      [1, -7],
      ['a', 70_000],
      [33, Buffer.from('x'.repeat(300))],
    ])
    assert.deepEqual(decodeCbor(cborFixture(value)), value)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        decodeCbor(Buffer.from(bytes))
        readCose(Buffer.from(bytes))
      }),
      { numRuns: 2000 },
    )
    const deep = Buffer.alloc(100_000, 0x81)
    const long = Buffer.from([0x9b, 0, 0, 0, 1, 0, 0, 0, 0])
    const loop = Buffer.from([0x9f, 0x01, 0xff])
    for (const bytes of [deep, long, loop, Buffer.alloc(0)]) assert.equal(decodeCbor(bytes), undefined)
  })
})
