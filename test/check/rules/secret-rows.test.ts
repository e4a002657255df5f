import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_OWNERSHIP, type Ownership } from '../../../src/check/ownership.ts'
import type { Hit, Layers } from '../../../src/check/rule.ts'
import { SECRET_ROWS } from '../../../src/check/rules/secret-rows.ts'
import { documentSecrets } from '../../../src/check/secret/document-secrets.ts'
import { FILE_KINDS, VALUE_KINDS } from '../../../src/check/secret/secret-kinds.ts'
import { loadImage } from '../../../src/image/load.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { createLayerPool } from '../../../src/worker/pool.ts'
import {
  type ImageFixtureOptions,
  imageFixture,
  type LayerFixture,
  layerFixture,
  memorySource,
} from '../../kit/image/image-fixture.ts'
import { chance, jwt, pem, summed } from '../../kit/samples/secret-samples.ts'

const [github, other, third] = [summed('ghp_', 'rows'), summed('ghp_', 'rotated'), summed('ghp_', 'third')]

async function layersOf(
  fixtures: readonly LayerFixture[],
  options: ImageFixtureOptions = {},
  ownership: Ownership = NO_OWNERSHIP,
): Promise<Layers> {
  const fixture = imageFixture(fixtures, options)
  const source = memorySource(fixture)
  const pool = createLayerPool({ size: 1 })
  const scans = await Promise.all(fixture.layers.map(layer => pool.scanLayer(source, layer)))
  await pool.close()
  const stack = buildStack(
    scans.map(({ reading }) => reading.changeset),
    'overlay',
  )
  const image = await loadImage(source, fixture.descriptor)
  const parts = {
    image,
    reference: 'x',
    builder: 'buildkit',
    baseLayers: 0,
    now: Date.UTC(2026, 0, 1),
    stack,
    snapshot: stack.snapshot(scans.length),
    ownership,
  }
  // Rules about secrets look at nothing else.
  return { ...parts, secrets: scans.map(({ scan }) => scan.files), scans: scans.map(({ scan }) => scan) } as unknown as Layers
}

function hitsOf(layers: Layers): readonly (Hit & { readonly id: string })[] {
  return SECRET_ROWS.flatMap(rule => [...rule.look(layers)].map(hit => ({ id: rule.id, ...hit })))
}

const brief = ({ id, severity, path, layer, hiddenBy }: Hit & { readonly id: string }) => [id, severity, path, layer, hiddenBy]

test('the name of a variable says that its value is a secret; one without a value holds none', async () => {
  const value = 'correct-horse-battery'
  const named = async (...env: readonly string[]) => {
    const fixture = imageFixture([layerFixture({ a: 'x' })], { config: { config: { Env: env } } })
    return [...documentSecrets(await loadImage(memorySource(fixture), fixture.descriptor))].map(({ where, place, hit }) => [
      where,
      place.text,
      hit.rule,
    ])
  }
  assert.deepEqual(await named(`DB_PASSWORD=${value}`, 'OTHER=x'), [
    ['variable DB_PASSWORD', ['"DB_PASSWORD'], 'secret/env-name'],
  ])
  assert.deepEqual(await named('DB_PASSWORD', 'PASSWORD_CORRECT_HORSE_BATTERY', 'DB_PASSWORD='), [])
})

describe('findings of secrets', () => {
  test('one that several layers ship and later ones hide is mended by a squash of all of them', async () => {
    const changed = { content: github, mode: 0o600 }
    const layers = await layersOf([
      layerFixture({ env: github }),
      layerFixture({ other: 'x' }),
      layerFixture({ env: changed }),
      layerFixture({ '.wh.env': '' }),
    ])
    const [hit] = hitsOf(layers)
    assert.deepEqual([hit?.layer, hit?.hiddenBy, hit?.edits], [0, 2, [{ type: 'squash', from: 0, to: 3 }]])
    const seen = await layersOf([layerFixture({ env: github }), layerFixture({ env: changed })])
    assert.deepEqual(
      hitsOf(seen).map(({ edits }) => edits),
      [undefined],
    )
  })

  test('a file that a later layer deletes, replaces or hides, each version for itself', async () => {
    const layers = await layersOf([
      layerFixture({
        'a/deleted': github,
        'b/rotated': other,
        'c/': { mode: 0o755 },
        'c/hidden': pem('rsa'),
        'd/seen': chance(9, 'x'),
      }),
      layerFixture({ 'a/.wh.deleted': '', 'b/rotated': third, 'c/.wh..wh..opq': '' }),
    ])
    assert.deepEqual(hitsOf(layers).map(brief).sort(), [
      ['secret/github', 'error', 'a/deleted', 0, 1],
      ['secret/github', 'error', 'b/rotated', 0, 1],
      ['secret/github', 'error', 'b/rotated', 1, undefined],
      ['secret/private-key', 'error', 'c/hidden', 0, 1],
    ])
    const deleted = hitsOf(layers).find(({ path }) => path === 'a/deleted')
    assert.equal(deleted?.mendedBy, 0)
    assert.match(deleted?.detail ?? '', /Layer 1 ships it, layer 2 hides it/)
  })

  test('one content is told once, at the place that is seen', async () => {
    const layers = await layersOf([
      layerFixture({ 'a/key': github, 'a/copy': github }),
      layerFixture([{ name: 'a/key', content: github, mode: 0o600 }, { name: 'a/.wh.copy' }]),
    ])
    const hits = hitsOf(layers)
    assert.deepEqual(hits.map(brief), [['secret/github', 'error', 'a/key', 1, undefined]])
    assert.match(hits[0]?.detail ?? '', /Also in \/a\/key of layer 1, \/a\/copy of layer 1/)
  })

  test('a file is seen as long as one of its names is', async () => {
    const layers = await layersOf([
      layerFixture([
        { name: 'a', content: github },
        { name: 'b', flag: '1', link: 'a' },
      ]),
      layerFixture({ '.wh.a': '' }),
    ])
    assert.deepEqual(hitsOf(layers).map(brief), [['secret/github', 'error', 'b', 0, undefined]])
  })

  test('several secrets of one kind in one file are one finding that counts them', async () => {
    const layers = await layersOf([layerFixture({ list: `${github}\n${other}\n${third}\n` })])
    const [hit, ...others] = hitsOf(layers)
    assert.deepEqual(others, [])
    assert.equal(hit?.evidence?.line, 1)
    assert.match(hit?.detail ?? '', /line 1, and 2 more \(line 2, 3\)/)
  })

  test('what a package published unchanged is told as such, whatever its path; what lies in a package of its kind weighs less', async () => {
    const owner = (published: 'proven' | 'changed' | 'weak') => ({
      package: { type: 'deb', name: 'ssl-cert', version: '1.1' },
      published,
    })
    const ownership = {
      ...NO_OWNERSHIP,
      ownerOf: (path: string) =>
        path === 'a' ? owner('proven') : path === 'b' ? owner('changed') : path === 'c' ? owner('weak') : undefined,
    }
    const layers = await layersOf([layerFixture({ a: github, b: other, c: third, d: github })], {}, ownership)
    const hits = new Map(hitsOf(layers).map(hit => [hit.path, hit]))
    assert.equal(hits.size, 3)
    assert.match(hits.get('a' as never)?.published ?? '', /deb package ssl-cert 1.1/)
    assert.deepEqual([hits.get('b' as never)?.published, hits.get('b' as never)?.severity], [undefined, 'error'])
    assert.deepEqual([hits.get('c' as never)?.published, hits.get('c' as never)?.severity], [undefined, 'warning'])
  })

  test('variables, labels, commands, annotations and the history, each secret once', async () => {
    const [label, command, step, annotation] = ['l', 'c', 's', 'n'].map(seed => summed('ghp_', seed))
    const layers = await layersOf(
      [
        layerFixture({ a: 'x' }, { history: { created_by: `RUN |1 X=${step} /bin/sh -c make # buildkit` } }),
        layerFixture(
          { b: 'x' },
          { history: { created_by: `RUN /bin/sh -c curl -u me:${'8s7df6s8'}x https://me:8s7df6s8@host.net # buildkit` } },
        ),
      ],
      {
        config: {
          config: {
            Env: [`GITHUB_TOKEN=${github}`, 'DB_PASSWORD=8s7df6sd8f', 'PATH=/bin'],
            Labels: { note: label },
            Cmd: ['run', command],
          },
        },
        manifest: { annotations: { note: annotation } },
      },
    )
    const hits = hitsOf(layers)
    assert.deepEqual(
      hits.map(({ id, layer, path, detail }) => [id, layer, path, / in (.*?): /.exec(detail)?.[1]]).sort(),
      [
        ['secret/env-name', undefined, undefined, 'variable DB_PASSWORD'],
        ['secret/github', undefined, undefined, 'annotation note'],
        ['secret/github', undefined, undefined, 'label note'],
        ['secret/github', undefined, undefined, 'the command'],
        ['secret/github', undefined, undefined, 'variable GITHUB_TOKEN'],
        ['secret/github', 0, undefined, 'step 1 of the history'],
        ['secret/url-password', 1, undefined, 'an address in step 2 of the history'],
      ].sort(),
    )
    for (const secret of [github, label, command, step, annotation, '8s7df6s8'])
      assert.ok(!JSON.stringify(hits).includes(secret ?? ''))
  })

  test('a variable that a step of the history set is told once', async () => {
    const layers = await layersOf([layerFixture({ a: 'x' })], {
      config: {
        config: { Env: ['API_KEY=kd83hf02lw9s'] },
        history: [{ created_by: 'ENV API_KEY=kd83hf02lw9s', empty_layer: true }, { created_by: 'COPY a /a # buildkit' }],
      },
    })
    const hits = hitsOf(layers)
    assert.equal(hits.length, 1)
    assert.match(hits[0]?.detail ?? '', /variable API_KEY, step 1 of the history/)
    assert.equal(hits[0]?.layer, undefined)
  })

  test('a token that has expired is information', async () => {
    const layers = await layersOf([
      layerFixture({ old: jwt({ alg: 'HS256' }, { exp: 1_500_000_000 }), young: jwt({ alg: 'HS256' }, { exp: 4_000_000_000 }) }),
    ])
    assert.deepEqual(hitsOf(layers).map(brief).sort(), [
      ['secret/jwt', 'error', 'young', 0, undefined],
      ['secret/jwt', 'info', 'old', 0, undefined],
    ])
  })

  test('every kind has one row, and every row a kind', () => {
    const rows = SECRET_ROWS.map(({ id }) => id)
    const kinds = new Set(
      [...VALUE_KINDS, ...FILE_KINDS]
        .map(({ id }) => id)
        .concat('secret/env-name', 'secret/gcp-service-account', 'secret/ssh-host-key'),
    )
    assert.deepEqual([...rows].sort(), [...kinds].sort())
    assert.equal(new Set(rows).size, rows.length)
  })

  test('says how many are not listed: in a file that has too many, and in layers that have too many files', async () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => summed('ghp_', `n${index}`)).join('\n')
    const layers = await layersOf([layerFixture({ 'srv/few': keys(64), 'srv/many': keys(65) }), layerFixture({ 'srv/x': '' })])
    const details = (of: Layers) => hitsOf(of).map(({ detail, places }) => [/(?:at least )?\d+ more/.exec(detail)?.[0], places])
    assert.deepEqual(details(layers), [
      ['63 more', undefined],
      ['at least 63 more', undefined],
    ])
    const full = layers.scans.map((scan, layer) => ({ ...scan, more: { 'secret/npm': 1000 + layer } }))
    const [, , unlisted, ...rest] = hitsOf({ ...layers, scans: full })
    assert.deepEqual(rest, [])
    assert.equal(unlisted?.id, 'secret/npm')
    assert.equal(unlisted?.title, '2,001 more: An npm token is in the image')
    assert.match(unlisted?.detail ?? '', /in layer 1, 2 that 2,001 with one of this kind are not listed/)
  })
})
