import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_CONFIG, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../../src/blob/read.ts'
import { INDEX_SHAPE } from '../../src/image/document-shape.ts'
import { documentBytes, plainJson } from '../../src/image/plain-json.ts'
import { member, rawJson, toRaw, withKeys, withMember } from '../../src/image/raw-json.ts'
import { rewriteConfig } from '../../src/rebuild/document.ts'
import { parseSetting } from '../../src/rebuild/setting.ts'
import { changedIndex } from '../../src/serve/index-entries.ts'
import { WrittenIndex } from '../../src/transport/written-index.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

const plain = imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '2' })])
const text = (digest: string) => plain.blobs.get(digest)?.toString() ?? ''

/** The image with its config and manifest spelled in another way. */
function spelled(respell: (json: string) => string) {
  const { config } = JSON.parse(text(plain.descriptor.digest)) as { config: { digest: string } }
  const configBytes = Buffer.from(respell(text(config.digest)))
  const manifestBytes = Buffer.from(
    respell(
      text(plain.descriptor.digest).replace(
        /"config":\{[^}]*\}/,
        `"config":${JSON.stringify({ mediaType: OCI_CONFIG, digest: digestOf(configBytes), size: configBytes.length })}`,
      ),
    ),
  )
  const blobs = new Map(plain.blobs)
  blobs.set(digestOf(configBytes), configBytes)
  blobs.set(digestOf(manifestBytes), manifestBytes)
  return { ...plain, blobs, descriptor: { mediaType: OCI_MANIFEST, digest: digestOf(manifestBytes), size: manifestBytes.length } }
}

const SPELLINGS: Readonly<Record<string, (json: string) => string>> = {
  'a byte order mark': json => `\ufeff${json}`,
  'escaped names': json => json.replace('"layers"', '"\\u006cayers"').replace('"rootfs"', '"rootf\\u0073"'),
  'names twice': json => json.replace(/^\{/, '{"layers":[],"config":{},"rootfs":{},'),
  'names in another case': json => json.replace(/^\{/, '{"Layers":[],"ROOTFS":{"type":"layers","diff_ids":[]},'),
  'nulls, huge numbers and __proto__': json =>
    json.replace(/^\{/, '{"x":null,"n":123456789012345678901234567890,"__proto__":{"layers":[]},"constructor":{},'),
  'white space': json => `\n\t ${json.replace(/,/g, ' ,\n ')} \r\n`,
}

describe('whatever peel writes parses and means the edit', () => {
  for (const [name, respell] of Object.entries(SPELLINGS))
    test(name, async context => {
      const directory = scratch(context)
      const source = `oci:${writeLayout(join(directory, 'image'), { x: spelled(respell) })}:x`
      for (const args of [
        ['inspect', source, '--json', '--layers'],
        ['ls', source],
        ['waste', source],
        ['diff', source, source],
        ['history', source],
      ]) {
        const { status, stderr } = await peel(args)
        assert.equal(status, 0, `${args[0]}: ${stderr}`)
      }
      const out = join(directory, 'out')
      const { status, stdout, stderr } = await peel([
        'squash',
        source,
        `oci:${out}:x`,
        '--set',
        'env.A=B',
        '--json',
        '--layers',
        '1..2',
      ])
      assert.equal(status, 0, stderr)
      const read = (digest: string) => JSON.parse(readFileSync(join(out, 'blobs/sha256', digest.slice(7)), 'utf8'))
      const manifest = read(JSON.parse(stdout).result.digest)
      const config = read(manifest.config.digest)
      assert.deepEqual([manifest.layers.length, config.rootfs.diff_ids.length], [1, 1])
      assert.ok(config.config.Env.includes('A=B'))
      // Go's readers take a field in any case, the last one of all.
      for (const [document, field] of [
        [manifest, 'layers'],
        [config, 'rootfs'],
      ] as const)
        assert.equal(Object.keys(document).filter(key => key.toLowerCase() === field).length, 1)
    })

  test('an index.json that images are added to, pruned from or served from keeps every other byte, and no name in another case undoes it', () => {
    const root = plain.descriptor
    const entry = (name: string) => ({ ...root, annotations: { 'org.opencontainers.image.ref.name': name } })
    const odd = `{"n":123456789012345678901234567890,"e":1E400,"manifests":[${JSON.stringify(entry('a')).replace('{', '{"x" : 1.10,')}],"Manifests":[]}`
    const document = { descriptor: root, children: [], subject: undefined, artifactType: undefined, annotations: {} }
    for (const [label, written] of [
      ['written', new WrittenIndex(Buffer.from(odd)).with([{ root, names: ['b'] }])],
      ['served', changedIndex(Buffer.from(odd), { put: { document, tags: ['b'] } }, new Map([[root.digest, document]]))],
    ] as const) {
      assert.ok(
        written.startsWith('{"n":123456789012345678901234567890,"e":1E400,"manifests":[{"x" : 1.10,'),
        `${label}: ${written}`,
      )
      const index = JSON.parse(written)
      assert.deepEqual(Object.keys(index), ['n', 'e', 'manifests'], label)
      assert.deepEqual(
        index.manifests.map((each: Descriptor) => each.annotations?.['org.opencontainers.image.ref.name']),
        ['a', 'b'],
      )
    }
  })

  test('a document that an edit makes longer than one may be is not written', () => {
    const change = { layers: [], before: 0, settings: [], family: undefined, keepSubject: false, created: undefined }
    const long = Buffer.from(`{"x":"${'x'.repeat(DOCUMENT_LIMIT - 10)}"}`)
    assert.equal(rewriteConfig(long, change), long)
    const settings = [parseSetting('label.a=bcd')]
    assert.throws(() => rewriteConfig(long, { ...change, settings }), { code: 'DOCUMENT_TOO_LARGE' })
    assert.throws(() => documentBytes(plainJson(Buffer.from(`[${' '.repeat(DOCUMENT_LIMIT)}]`), INDEX_SHAPE)), /over the limit/)
  })

  test('twenty thousand members of one name are taken out in one pass', () => {
    const many = `{${'"subject":{},'.repeat(20_000)}"a":1}`
    assert.equal(withMember(rawJson(Buffer.from(many)), 'subject', undefined), '{"a":1}')
    assert.equal(withMember(rawJson(Buffer.from(many)), 'subject', toRaw(2)), '{"subject":2,"a":1}')
  })

  test('a map’s keys differ in their case, a document’s fields do not', () => {
    const raw = rawJson(Buffer.from('{"Name":1,"name":2}'))
    assert.equal(withKeys(raw, new Map([['name', toRaw(3)]])), '{"Name":1,"name":3}')
    assert.equal(withMember(raw, 'name', toRaw(3)), '{"name":3}')
    assert.equal(member(rawJson(Buffer.from('\ufeff{"a":1}')), 'a'), '1')
  })
})
