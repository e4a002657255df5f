import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { parseConfig } from '../../src/image/config.ts'
import { parseImageIndex } from '../../src/image/image-index.ts'
import { parseManifest } from '../../src/image/manifest.ts'
import { type RuledDocument, validateDocument } from '../../src/image/validate.ts'
import { hasCorpus } from '../kit/corpus.ts'
import { imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { schemaProblems } from '../kit/spec/schema.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: DIGEST, size: 3 }
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: descriptor,
  layers: [descriptor],
}
const config = {
  architecture: 'amd64',
  os: 'linux',
  created: '2024-01-02T03:04:05.123456789Z',
  config: {
    Env: ['PATH=/bin', 'EMPTY='],
    ExposedPorts: { '80/tcp': {}, '8000-8010/udp': {}, '53': {} },
    Labels: { a: 'b' },
    Cmd: null,
    Healthcheck: { Test: ['NONE'] },
  },
  rootfs: { type: 'layers', diff_ids: [DIGEST] },
  history: [{ created: '2024-01-02T03:04:05+02:00', created_by: 'RUN', empty_layer: true }],
}

function told(kind: RuledDocument, document: object): string[] {
  return validateDocument(kind, Buffer.from(JSON.stringify(document)), 'it').map(
    ({ severity, message }) => `${severity} ${message}`,
  )
}

/** Seen at docker 28 and podman 4.3: the whole config is refused for one of them, and taken with the others. */
test('members that only docker knows are held to the types that docker and podman decode', () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ['docker_version', 1],
    ['container', 1],
    ['id', 3],
    ['container_config', 'x'],
    ['config.Tty', 'true'],
    ['config.ArgsEscaped', 'x'],
    ['config.StopTimeout', '10'],
    ['config.OnBuild', 'x'],
    ['config.Shell', 'sh -c'],
    ['config.Healthcheck', 'curl'],
    ['config.Healthcheck', { Test: ['NONE'], Interval: '30s' }],
    ['config.Healthcheck', { Test: 'curl' }],
    ['container_config.User', 5],
  ]
  const taken: readonly (readonly [string, unknown])[] = [
    ['config.Env', [null]],
    ['config.OnBuild', null],
    ['config.StopTimeout', 10],
    ['config.Healthcheck', { Test: ['CMD', 'x'], Interval: 30e9, Retries: 3 }],
    ['container_config', { Cmd: ['sh'] }],
    ['config.MacAddress', ''],
  ]
  for (const [cases, severity] of [
    [refused, 'error'],
    [taken, 'warning'],
  ] as const) {
    for (const [path, value] of cases) {
      const [first = '', second] = path.split('.')
      const changed = second === undefined ? value : { ...(first === 'config' && config.config), [second]: value }
      const said = told('config', { ...config, [first]: changed })
      if (severity === 'error') assert.match(said.join(), new RegExp(`^error it: ${path}`), path)
      else assert.doesNotMatch(said.join(), /error/, path)
    }
  }
})

describe('document rules', () => {
  test('sound documents break none', () => {
    assert.deepEqual(told('manifest', manifest), [])
    assert.deepEqual(told('config', config), [])
    assert.deepEqual(
      told('index', {
        schemaVersion: 2,
        manifests: [{ ...descriptor, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }],
      }),
      [],
    )
    assert.deepEqual(told('manifest', { ...manifest, subject: null, annotations: null, artifactType: undefined }), [])
    assert.deepEqual(told('manifest', { ...manifest, layers: null }), [])
  })

  const broken: readonly (readonly [RuledDocument, object, string])[] = [
    ['manifest', { ...manifest, layers: undefined }, 'warning it: layers is missing or not an array'],
    ['manifest', { ...manifest, config: undefined }, 'error it: config is missing'],
    ['manifest', { ...manifest, layers: [{ ...descriptor, digest: 'sha256:AB' }] }, 'error it: layers[0].digest is not a digest'],
    ['manifest', { ...manifest, layers: [{ ...descriptor, size: -1 }] }, 'error it: layers[0].size is not a whole number from 0'],
    ['manifest', { ...manifest, layers: [{ digest: DIGEST, size: 1 }] }, 'error it: layers[0].mediaType is missing'],
    ['manifest', { ...manifest, mediaType: 'nonsense' }, 'warning it: mediaType is not a media type'],
    [
      'manifest',
      { ...manifest, annotations: { '': 'x' } },
      'warning it: annotations has the entry "", which is no name with a string',
    ],
    [
      'manifest',
      { ...manifest, annotations: { '\u001b[31m': 1 } },
      'error it: annotations has the entry "\\e[31m", which is no name with a string',
    ],
    [
      'manifest',
      { ...manifest, layers: [{ ...descriptor, data: 'eA==' }] },
      'error it: layers[0].data is not the content its digest and size name',
    ],
    [
      'manifest',
      { ...manifest, config: { ...descriptor, mediaType: 'application/vnd.oci.empty.v1+json' } },
      'warning it: artifactType is missing though the config is empty',
    ],
    [
      'index',
      { schemaVersion: 2, manifests: [{ ...descriptor, platform: { os: '' } }] },
      'warning it: manifests[0].platform.os is empty or not a string',
    ],
    ['config', { ...config, created: 'yesterday' }, 'error it: created is not a date as RFC 3339 writes it'],
    ['config', { ...config, os: null }, 'warning it: os is missing'],
    ['config', { ...config, rootfs: { type: 'layers', diff_ids: ['x'] } }, 'error it: rootfs.diff_ids[0] is not a digest'],
    ['config', { ...config, config: { Env: ['NOEQUALS'] } }, 'warning it: config.Env has an entry that is not NAME=VALUE'],
    ['config', { ...config, config: { Volumes: { '/d': [] } } }, 'error it: config.Volumes has a value that is not an object'],
    [
      'config',
      { ...config, config: { ExposedPorts: { '80/tcp': 'x' } } },
      'error it: config.ExposedPorts has a value that is not an object',
    ],
    ['config', { ...config, config: { entrypoint: 'x' } }, 'error it: config.entrypoint is not a list of strings'],
    [
      'config',
      { ...config, config: { ExposedPorts: { http: {} } } },
      'warning it: config.ExposedPorts has "http", which is not PORT or PORT/PROTOCOL',
    ],
    ['config', { ...config, history: [{ empty_layer: 'yes' }] }, 'error it: history[0].empty_layer is not true or false'],
  ]
  for (const [kind, document, expected] of broken) {
    test(expected, () => assert.ok(told(kind, document).includes(expected), told(kind, document).join('\n')))
  }

  test('a thousand mistakes are told fifty times', () => {
    assert.equal(told('manifest', { ...manifest, layers: Array(1000).fill({}) }).length, 50)
  })

  test('whatever the schema of the specification refuses, a rule or the parser refuses too', {
    skip: hasCorpus ? false : 'NO CORPUS',
  }, () => {
    const image = imageFixture([layerFixture({ a: 'b' })])
    const index = indexFixture([image])
    const json = (digest: string) => JSON.parse((index.blobs.get(digest) ?? '').toString())
    const documents = {
      manifest: [json(image.descriptor.digest), 'image-manifest', parseManifest],
      index: [json(index.descriptor.digest), 'image-index', parseImageIndex],
      config: [json(json(image.descriptor.digest).config.digest), 'config', parseConfig],
    } as const
    const value = fc.oneof(fc.constantFrom(null, true, 0, -1, 1.5, '', 'x', [], {}, [1], { '': 1 }), fc.string())
    fc.assert(
      fc.property(
        fc.constantFrom('manifest', 'index', 'config'),
        fc.infiniteStream(fc.nat()),
        value,
        (kind, path, replacement) => {
          const [document, schema, parse] = documents[kind]
          const mutated = mutate(structuredClone(document), path[Symbol.iterator](), replacement)
          const problems = schemaProblems(schema, mutated).filter(
            problem => !(replacement === null ? NULLED : LENIENT).test(problem),
          )
          if (problems.length === 0) return
          const raw = Buffer.from(JSON.stringify(mutated))
          let found: number
          try {
            found = validateDocument(kind, raw, 'it').length + parse(raw, 'it').diagnostics.length
            if (kind === 'config' && (mutated as typeof config).rootfs?.type !== 'layers') found++ // loadImage's ROOTFS_TYPE
          } catch (thrown) {
            assert.ok(thrown instanceof ImageError, String(thrown))
            found = 1
          }
          assert.ok(found > 0, `${JSON.stringify(mutated)}\n${problems}`)
        },
      ),
      { numRuns: 3000, seed: 4 },
    )
  })
})

/** No layers are legal (manifest.md). */
const LENIENT = /NOT have fewer/
/** `null` is absent, as Go writes it. */
const NULLED = /must be|NOT have fewer|must match/

/** Replaces or removes one value somewhere in the document. */
function mutate(document: unknown, path: Iterator<number>, replacement: unknown): unknown {
  if (typeof document !== 'object' || document === null) return replacement
  const keys = Object.keys(document)
  const turn = path.next().value
  if (keys.length === 0 || turn % 7 === 0) return replacement
  const key = keys[turn % keys.length] ?? ''
  const record = document as Record<string, unknown>
  if (turn % 11 === 0) delete record[key]
  else record[key] = mutate(record[key], path, replacement)
  return document
}
