import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../src/blob/media-type.ts'
import {
  type DocumentChange,
  lostAnnotations,
  type NewLayer,
  rewriteConfig,
  rewriteManifest,
} from '../../src/rebuild/document.ts'
import { rewriteIndex } from '../../src/rebuild/index-document.ts'
import { parseSetting } from '../../src/rebuild/setting.ts'
import { corpusTest } from '../kit/corpus.ts'
import { schemaProblems } from '../kit/spec/schema.ts'

const digest = (text: string) => digestOf(Buffer.from(text))
const kept = (position: number): NewLayer => ({
  group: { kind: 'kept', position },
  diffID: digest(`diff ${position}`),
  blob: undefined,
})
const written = (...positions: number[]): NewLayer => ({
  group: { kind: 'written', positions },
  diffID: digest('new diff'),
  blob: { mediaType: `${OCI_LAYER}+gzip`, digest: digest('new'), size: 7 },
})
const change = (layers: readonly NewLayer[], options: Partial<DocumentChange> = {}): DocumentChange => ({
  layers,
  before: 3,
  settings: [],
  family: undefined,
  keepSubject: false,
  created: undefined,
  ...options,
})

const HISTORY = [
  { created: '2024-01-01T00:00:00Z', created_by: 'ADD rootfs' },
  { created: '2024-01-02T00:00:00Z', created_by: 'ENV A=1', empty_layer: true },
  { created: '2024-01-04T00:00:00.123456789Z', created_by: 'RUN one' },
  { created: '2024-01-03T00:00:00Z', created_by: 'RUN two' },
  { created_by: 'CMD x', empty_layer: true },
]
const CONFIG = {
  created: '2024-01-05T00:00:00Z',
  architecture: 'amd64',
  os: 'linux',
  config: { Env: ['PATH=/bin', 'A=1'], Labels: { a: 'b' }, Cmd: ['sh'], 'x.unknown': { deep: [1, null] } },
  rootfs: { type: 'layers', diff_ids: [0, 1, 2].map(position => digest(`diff ${position}`)), extra: 1 },
  history: HISTORY,
  'moby.buildkit.buildinfo.v1': 'e30=',
}
const raw = (value: object, space = 2) => Buffer.from(JSON.stringify(value, null, space))
const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as typeof CONFIG & Record<string, unknown>

describe('the rebuilt config', () => {
  test('nothing changed: the very bytes', () => {
    const bytes = raw(CONFIG)
    assert.equal(rewriteConfig(bytes, change([kept(0), kept(1), kept(2)])), bytes)
    const same = [parseSetting('env.A=1'), parseSetting('label.a=b'), parseSetting('cmd=["sh"]'), parseSetting('user=')]
    assert.equal(rewriteConfig(bytes, change([kept(0), kept(1), kept(2)], { settings: same })), bytes)
  })

  test('a range: one entry in place of the last, empty layers stay, the newest time', () => {
    const after = parse(rewriteConfig(raw(CONFIG), change([kept(0), written(1, 2)])))
    assert.deepEqual(after.rootfs, { type: 'layers', diff_ids: [digest('diff 0'), digest('new diff')], extra: 1 })
    assert.deepEqual(after.history, [
      HISTORY[0],
      HISTORY[1],
      {
        created: '2024-01-04T00:00:00.123456789Z',
        created_by: 'peel squash: layers 2 to 3',
        comment: 'replaces: RUN one ; RUN two',
      },
      HISTORY[4],
    ])
    const { rootfs: _r, history: _h, ...rest } = after
    const { rootfs: _s, history: _i, ...before } = CONFIG
    assert.deepEqual(rest, before)
  })

  test('SOURCE_DATE_EPOCH replaces the time; created itself never moves', () => {
    const after = parse(rewriteConfig(raw(CONFIG), change([written(0, 1, 2)], { created: '2001-01-01T00:00:00Z' })))
    assert.equal(after.history.find(entry => entry.created_by?.startsWith('peel'))?.created, '2001-01-01T00:00:00Z')
    assert.equal(after.created, CONFIG.created)
  })

  test('history too short, too long, absent or null', () => {
    const count = (history: unknown, layers: readonly NewLayer[]) => {
      const after = parse(rewriteConfig(raw({ ...CONFIG, history }), change(layers))).history as unknown
      return Array.isArray(after) ? after.filter(entry => entry.empty_layer !== true).length : after
    }
    assert.equal(count(HISTORY.slice(0, 2), [kept(0), written(1, 2)]), 2)
    assert.equal(count(HISTORY.slice(0, 2), [written(0, 1), kept(2)]), 2)
    assert.equal(count([...HISTORY, { created_by: 'more' }, { created_by: 'and more' }], [kept(0), written(1, 2)]), 2)
    assert.equal(count(null, [written(0, 1, 2)]), null)
    assert.equal(count(undefined, [written(0, 1, 2)]), undefined)
  })

  test('settings: in place, added, removed, in the shape the specification has', () => {
    const settings = [
      'env.A=2',
      'env.NEW=x=y',
      'env.PATH=',
      'label.a=',
      'user=1:2',
      'workdir=/w',
      'entrypoint=["/e","x"]',
      'cmd=',
      'stopsignal=SIGINT',
      'ports=["80/tcp"]',
      'volumes=["/v"]',
      'healthcheck={"Test":["CMD","true"],"Interval":1000000000}',
    ].map(parseSetting)
    assert.deepEqual(parse(rewriteConfig(raw(CONFIG), change([kept(0), kept(1), kept(2)], { settings }))).config, {
      Env: ['A=2', 'NEW=x=y'],
      'x.unknown': { deep: [1, null] },
      User: '1:2',
      WorkingDir: '/w',
      Entrypoint: ['/e', 'x'],
      StopSignal: 'SIGINT',
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/v': {} },
      Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000 },
    })
  })

  test('settings that are none are refused with what there is', () => {
    for (const text of ['env.', 'nope=1', 'cmd=ls -l', 'entrypoint=[1]', 'healthcheck=[]', 'user'])
      assert.throws(() => parseSetting(text), { code: 'SETTING_INVALID' }, text)
  })
})

const POINTERS = [0, 1, 2].map(position => ({
  mediaType: `${OCI_LAYER}+gzip`,
  digest: digest(`layer ${position}`),
  size: position + 1,
  annotations: { 'containerd.io/snapshot/stargz/toc.digest': 'x', keep: 'y' },
}))
const MANIFEST = {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: OCI_CONFIG, digest: digest('config'), size: 5, data: 'e30=' },
  layers: POINTERS,
  subject: { mediaType: OCI_MANIFEST, digest: digest('subject'), size: 9 },
  annotations: { 'org.opencontainers.image.base.name': 'debian', title: 'x' },
  unknown: 12345678901234567890n.toString(),
}
const sameConfig = { mediaType: OCI_CONFIG, digest: digest('config'), size: 5 }
const newConfig = { mediaType: OCI_CONFIG, digest: digest('config 2'), size: 6 }

describe('the rebuilt manifest', () => {
  test('nothing changed: the very bytes', () => {
    const bytes = raw(MANIFEST)
    assert.equal(rewriteManifest(bytes, sameConfig, change([kept(0), kept(1), kept(2)])), bytes)
  })

  test('kept layers keep their words, replaced ones lose theirs, the subject goes unless asked', () => {
    const after = parse(rewriteManifest(raw(MANIFEST), newConfig, change([kept(0), written(1, 2)]))) as unknown as typeof MANIFEST
    assert.deepEqual(after.layers, [POINTERS[0], { mediaType: `${OCI_LAYER}+gzip`, digest: digest('new'), size: 7 }])
    assert.deepEqual(after.config, newConfig)
    assert.deepEqual(after.annotations, MANIFEST.annotations)
    assert.equal(after.subject, undefined)
    const asked = rewriteManifest(raw(MANIFEST), newConfig, change([kept(0), written(1, 2)], { keepSubject: true }))
    assert.deepEqual((parse(asked) as unknown as typeof MANIFEST).subject, MANIFEST.subject)
  })

  test('a new base is no longer the base it was', () => {
    const after = parse(rewriteManifest(raw(MANIFEST), newConfig, change([written(0, 1, 2)]))) as unknown as typeof MANIFEST
    assert.deepEqual(after.annotations, { title: 'x' })
  })

  test('a layer recompressed keeps what is not about its bytes', () => {
    const blob = { mediaType: `${OCI_LAYER}+zstd`, digest: digest('z'), size: 3 }
    const after = parse(rewriteManifest(raw(MANIFEST), sameConfig, change([{ ...kept(0), blob }, kept(1), kept(2)])))
    assert.deepEqual((after as unknown as typeof MANIFEST).layers[0], { ...blob, annotations: { keep: 'y' } })
  })

  test('OCI to Docker and back', () => {
    const docker = rewriteManifest(
      raw(MANIFEST),
      { ...newConfig, mediaType: DOCKER_CONFIG },
      change([kept(0), kept(1), kept(2)], { family: 'docker' }),
    )
    const value = parse(docker) as unknown as typeof MANIFEST
    assert.deepEqual([value.mediaType, value.config.mediaType, value.annotations], [DOCKER_MANIFEST, DOCKER_CONFIG, undefined])
    assert.deepEqual(
      value.layers.map(layer => layer.mediaType),
      Array(3).fill(`${DOCKER_LAYER}.gzip`),
    )
    const back = rewriteManifest(docker, newConfig, change([kept(0), kept(1), kept(2)], { family: 'oci' }))
    assert.deepEqual(
      (parse(back) as unknown as typeof MANIFEST).layers.map(layer => layer.mediaType),
      POINTERS.map(layer => layer.mediaType),
    )
  })

  test('Docker takes neither zstd nor encryption nor annotations', () => {
    for (const mediaType of [`${OCI_LAYER}+zstd`, `${OCI_LAYER}+gzip+encrypted`]) {
      const manifest = raw({ ...MANIFEST, layers: [{ ...POINTERS[0], mediaType }] })
      assert.throws(() => rewriteManifest(manifest, sameConfig, change([kept(0)], { before: 1, family: 'docker' })), {
        code: 'MEDIA_TYPE_UNSUPPORTED',
      })
    }
    const docker = raw({ ...MANIFEST, mediaType: DOCKER_MANIFEST })
    const settings = [parseSetting('annotation.a=b')]
    assert.throws(() => rewriteManifest(docker, sameConfig, change([kept(0), kept(1), kept(2)], { settings })), {
      code: 'ANNOTATIONS_UNSUPPORTED',
    })
  })

  corpusTest('the specification’s schemas hold for what is written', () => {
    const layers = [kept(0), written(1, 2)]
    const settings = ['annotation.a=b', 'ports=["1/udp"]', 'env.X=1', 'user=u'].map(parseSetting)
    assert.deepEqual(schemaProblems('config', parse(rewriteConfig(raw(CONFIG), change(layers, { settings })))), [])
    assert.deepEqual(
      schemaProblems('image-manifest', parse(rewriteManifest(raw(MANIFEST), newConfig, change(layers, { settings })))),
      [],
    )
    const broken = { ...CONFIG, rootfs: { type: 'tree', diff_ids: [] } }
    assert.deepEqual(schemaProblems('config', parse(rewriteConfig(raw(broken), change([written(0, 1, 2)])))), [])
    assert.notDeepEqual(schemaProblems('config', broken), [])
  })
})

describe('the rebuilt index', () => {
  const entry = (name: string, extra: object = {}) => ({ mediaType: OCI_MANIFEST, digest: digest(name), size: 3, ...extra })
  const about = (name: string) => ({
    annotations: { 'vnd.docker.reference.digest': digest(name), 'vnd.docker.reference.type': 'attestation-manifest' },
  })
  const INDEX = {
    schemaVersion: 2,
    manifests: [entry('a', { platform: { os: 'linux', architecture: 'amd64' } }), entry('b', { x: 1 }), entry('att', about('a'))],
    annotations: { keep: 'me' },
  }
  const replaced = new Map([[digest('a'), { mediaType: OCI_MANIFEST, digest: digest('a2'), size: 4 }]])

  test('the chosen are replaced, the others stay, attestations are dropped or carried', () => {
    const options = { replaced, family: undefined, keepSubject: false }
    const dropped = JSON.parse(
      Buffer.from(rewriteIndex(raw(INDEX), { ...options, dropped: new Set([digest('att')]) }).raw).toString(),
    ) as typeof INDEX
    assert.deepEqual(dropped, {
      ...INDEX,
      manifests: [{ ...INDEX.manifests[0], digest: digest('a2'), size: 4 }, INDEX.manifests[1]],
    })
    const carried = JSON.parse(
      Buffer.from(rewriteIndex(raw(INDEX), { ...options, dropped: new Set() }).raw).toString(),
    ) as typeof INDEX
    assert.deepEqual(carried.manifests[2], entry('att', about('a2')))
  })

  test('nothing changed: the very bytes', () => {
    const bytes = raw(INDEX)
    assert.equal(
      rewriteIndex(bytes, { replaced: new Map(), dropped: new Set(), family: undefined, keepSubject: false }).raw,
      bytes,
    )
  })
})

test('annotations that named what was replaced are told, each by its name; none where nothing went', () => {
  const layers = ['one', 'two'].map(name => ({ mediaType: OCI_LAYER, digest: digest(name), size: 1 }))
  const manifest = (first: object, annotations: object) =>
    raw({
      schemaVersion: 2,
      config: { mediaType: OCI_CONFIG, digest: digest('c'), size: 1 },
      layers: [first, layers[1]],
      annotations,
    })
  const before = manifest(layers[0] ?? {}, { 'x.a': digest('one'), 'x.b': digest('one'), 'x.c': digest('two') })
  const after = manifest({ ...layers[0], digest: digest('new') }, {})
  assert.deepEqual(lostAnnotations(before, before), [])
  assert.deepEqual(lostAnnotations(before, Buffer.from(before)), [])
  const [told, ...others] = lostAnnotations(before, after)
  assert.deepEqual([told?.code, told?.severity, others], ['ANNOTATION_DROPPED', 'warning', []])
  assert.match(told?.message ?? '', /: x\.a, x\.b$/)
})
