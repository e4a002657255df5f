import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { processUser } from '../../src/make/process-user.ts'
import { runtimeConfig } from '../../src/make/runtime-config.ts'
import { asking } from '../../src/session/asking.ts'
import { createLayerThreads } from '../../src/session/layer-threads.ts'
import { unpackBundle } from '../../src/session/make/unpack-bundle.ts'
import { withImage } from '../../src/session/opened-image.ts'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peerTest, run } from '../kit/peer.ts'
import { type Bundle, GROUP, IMPLIED, IMPLIED_BY_ALL, KEY, PASSWD, RUNTIME_SAMPLES } from '../kit/samples/runtime-samples.ts'
import { fc } from '../kit/seeded-check.ts'
import { runtimeProblems } from '../kit/spec/runtime-schema.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'

const TREE = layerFixture({
  'etc/passwd': PASSWD,
  'etc/group': GROUP,
  'etc/': { mode: 0o755 },
  'data/': { mode: 0o700, uid: 1000, gid: 1000 },
  'data/seed': { content: 'seed', uid: 1000, gid: 1000 },
  'data/deep/': { mode: 0o755 },
  'data/deep/seed': 'deep',
})

function configOf(bundle: string): Bundle {
  return JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as Bundle
}

/** Unpacks the images of a layout named by the samples, each to a bundle of its number; codes of diagnostics, or of the error. */
async function unpackAll(directory: string): Promise<readonly (readonly string[] | string)[]> {
  const images = RUNTIME_SAMPLES.map(({ image }, number) => [`${number}`, imageFixture([TREE], { config: image })] as const)
  const layout = writeLayout(join(directory, 'in'), Object.fromEntries(images))
  await using threads = createLayerThreads({ cache: false })
  const asked = asking({ cache: false, threads })
  const results: (readonly string[] | string)[] = []
  for (const [number] of RUNTIME_SAMPLES.entries()) {
    const options = { bundle: join(directory, `ours-${number}`), rootless: false }
    results.push(
      await withImage(asked, `oci:${layout}:${number}`, opened => unpackBundle(asked, opened, options)).then(
        ({ diagnostics }) => diagnostics.map(({ code }) => code),
        (thrown: { code: string }) => thrown.code,
      ),
    )
  }
  return results
}

const directory = mkdtempSync(join(temporaryDirectory(), 'peel-unpack-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const unpacked = unpackAll(directory)

test('each config becomes a runtime’s as the table of conversion.md says, and keeps the rules of the runtime’s schema', async () => {
  const results = await unpacked
  assert.ok(RUNTIME_SAMPLES.length >= 30, `${RUNTIME_SAMPLES.length} configs`)
  for (const [number, { name, expected }] of RUNTIME_SAMPLES.entries()) {
    const result = results[number]
    if (typeof expected === 'string') {
      assert.equal(result, expected, name)
      continue
    }
    if (typeof result === 'string' || result === undefined) assert.fail(`${name}: ${result}`)
    const bundle = configOf(join(directory, `ours-${number}`))
    assert.deepEqual(runtimeProblems(bundle), [], name)
    const {
      args = ['sh'],
      cwd = '/',
      env = [],
      user = { uid: 0, gid: 0 },
      annotations = {},
      volumes = [],
      warnings = [],
    } = expected
    assert.deepEqual(bundle.process.args, args, name)
    assert.equal(bundle.process.cwd, cwd, name)
    assert.deepEqual(bundle.process.env.slice(0, env.length), env, name)
    const nameOf = (variable: string) => variable.split('=', 1)[0]
    const added = bundle.process.env.slice(env.length).map(nameOf)
    assert.deepEqual(
      added.filter(each => env.map(nameOf).includes(each)),
      [],
      `${name}: variables set again`,
    )
    assert.deepEqual(bundle.process.user, user, name)
    assert.deepEqual(bundle.annotations, { ...IMPLIED_BY_ALL, ...annotations }, name)
    const mounted = bundle.mounts.filter(({ source }) => source.startsWith('volumes/')).map(({ destination }) => destination)
    assert.deepEqual(mounted, volumes, name)
    assert.deepEqual(result, warnings, name)
  }
})

/** Nothing of an image's config may make a config.json that a runtime must refuse. */
test('any config makes a valid config.json, with the image’s words in their places', () => {
  const word = fc.string({ maxLength: 12 })
  const words = fc.option(fc.array(word, { maxLength: 4 }), { nil: null })
  const odd = fc.oneof(fc.constant(null), fc.integer(), fc.array(fc.integer(), { maxLength: 2 }))
  const mostly = <T>(good: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: good as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: odd })
  const label = fc.dictionary(fc.oneof(word, fc.constantFrom(...IMPLIED.map(each => `${KEY}${each}`))), word, { maxKeys: 4 })
  const container = fc.record(
    {
      User: mostly(fc.constantFrom('', 'app', '1000', '1234:5', 'app:wheel', '77')),
      Env: mostly(words),
      Entrypoint: mostly(words),
      Cmd: mostly(words),
      WorkingDir: mostly(word),
      Labels: mostly(label),
      StopSignal: mostly(word),
      ExposedPorts: mostly(fc.dictionary(word, fc.constant({}), { maxKeys: 3 })),
    },
    { requiredKeys: [] },
  )
  const config = fc.record(
    {
      os: mostly(word),
      architecture: mostly(word),
      variant: mostly(word),
      'os.version': mostly(word),
      'os.features': mostly(words),
      author: mostly(word),
      created: mostly(word),
      config: mostly(container),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(config, fc.boolean(), (image, rootless) => {
      const given = (image.config ?? {}) as Readonly<Record<string, unknown>>
      const user = processUser(typeof given['User'] === 'string' ? given['User'] : undefined, PASSWD, GROUP)
      const made = runtimeConfig(image, { user, volumes: [], rootless: rootless ? { uid: 5, gid: 6 } : undefined }) as Bundle
      assert.deepEqual(runtimeProblems(made), [])
      const list = (value: unknown) => (Array.isArray(value) ? value.filter(each => typeof each === 'string') : [])
      const args = [...list(given['Entrypoint']), ...list(given['Cmd'])]
      assert.deepEqual(made.process.args, args.length > 0 ? args : ['sh'])
      const env = list(given['Env'])
      assert.deepEqual(made.process.env.slice(0, env.length), env)
      const directory = given['WorkingDir']
      if (typeof directory === 'string') assert.ok(made.process.cwd.endsWith(directory))
      const labels = Object.entries((given['Labels'] ?? {}) as object).filter(
        ([key, value]) => key !== '' && typeof value === 'string',
      )
      for (const [key, value] of labels) assert.equal(made.annotations[key], value)
      for (const key of Object.keys(made.annotations)) {
        if (!labels.some(([one]) => one === key))
          assert.ok(
            IMPLIED.some(each => key === `${KEY}${each}`),
            key,
          )
      }
    }),
    { numRuns: 400 },
  )
})

test('the schema refuses what a runtime would', () => {
  const good = runtimeConfig({}, { user: processUser(undefined, '', ''), volumes: [], rootless: undefined })
  const wrong: readonly (readonly [path: string, value: unknown])[] = [
    ['ociVersion', 'one'],
    ['process', undefined],
    ['root', {}],
    ['annotations', { a: 1 }],
    ['annotations', { '': 'x' }],
    ['process.cwd', 'srv'],
    ['process.args', []],
    ['process.user', { uid: -1, gid: 0 }],
    ['process.user', { uid: 2 ** 32, gid: 0 }],
    ['process.capabilities', { bounding: ['KILL'] }],
    ['process.rlimits', [{ type: 'NOFILE', soft: 1, hard: 1 }]],
    ['process.env', [1]],
    ['mounts', [{ source: '/a' }]],
    ['mounts', [{ destination: 'a' }]],
    ['linux.namespaces', [{ type: 'net' }]],
    ['linux.uidMappings', [{ containerID: 0 }]],
    ['linux.maskedPaths', ['proc']],
    ['hooks', { poststop: [{ args: [] }] }],
    ['other', 1],
  ]
  for (const [path, value] of wrong) {
    const copy = structuredClone(good) as Record<string, Record<string, unknown>>
    const [first = '', second] = path.split('.')
    if (second === undefined) Object.assign(copy, { [first]: value })
    else Object.assign(copy[first] ?? {}, { [second]: value })
    assert.notDeepEqual(runtimeProblems(JSON.parse(JSON.stringify(copy))), [], path)
  }
})

/**
 * Fields in which umoci 0.4.7 leaves conversion.md: an implied author wins over the label's. A numeric user gets further groups from it too,
 * and a named one its own group once more.
 */
const LEFT_BY_UMOCI = ['os.version', 'os.features', 'variant', 'author', 'created']

peerTest(
  'trees and configs are umoci’s, but where umoci leaves conversion.md',
  ['umoci', 'runc'],
  async () => {
    await unpacked
    run('runc', ['spec', '-b', directory])
    assert.deepEqual(runtimeProblems(configOf(directory)), [], 'the config that runc makes')
    let compared = 0
    for (const [number, { name, image, expected, umoci = true }] of RUNTIME_SAMPLES.entries()) {
      if (typeof expected === 'string' || !umoci) continue
      const [ours, theirs] = [join(directory, `ours-${number}`), join(directory, `theirs-${number}`)]
      run('umoci', ['unpack', '--image', `${join(directory, 'in')}:${number}`, theirs])
      const lines = (bundle: string) =>
        listDirectory(join(bundle, 'rootfs')).map(({ mtime_ns, ...node }) => ({ ...node, time: BigInt(mtime_ns ?? 0) / 1000n }))
      assert.deepEqual(lines(ours), lines(theirs), name)
      const [mine, other] = [configOf(ours), configOf(theirs)]
      assert.deepEqual(runtimeProblems(other), [], `${name}: umoci’s config`)
      assert.deepEqual([mine.process.args, mine.process.cwd], [other.process.args, other.process.cwd], name)
      const named = !/^\d/.test((image['config'] as { User?: string } | undefined)?.User ?? '')
      const { uid, gid, additionalGids = [] } = other.process.user
      const groups = named ? additionalGids.filter(each => each !== gid) : []
      assert.deepEqual(mine.process.user, { uid, gid, ...(groups.length > 0 && { additionalGids: groups }) }, name)
      for (const [key, value] of Object.entries(other.annotations)) {
        if (!LEFT_BY_UMOCI.some(each => key === `${KEY}${each}`) && value !== '')
          assert.equal(mine.annotations[key], value, `${name}: ${key}`)
      }
      compared++
    }
    assert.ok(compared >= 25, `${compared} compared`)
  },
  { root: true },
)
