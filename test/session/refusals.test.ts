import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { DOCKER_MANIFEST } from '../../src/blob/media-type.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

type Problem = { readonly code: string; readonly severity: string; readonly message: string; readonly layer?: number | null }

function layout(context: TestContext, image: ImageFixture): string {
  return `oci:${writeLayout(join(scratch(context), 'image'), { x: image })}:x`
}

async function verified(reference: string): Promise<readonly Problem[]> {
  const { stdout, status } = await peel(['verify', reference, '--json'])
  const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: readonly Problem[] }
  assert.equal(status, ok ? 0 : 1)
  assert.equal(
    ok,
    problems.every(({ severity }) => severity !== 'error'),
  )
  return problems
}

const errors = (problems: readonly Problem[]) => problems.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []))
const plain = layerFixture({ 'etc/': {}, 'etc/a': '1' })

/** Faults for which the fix of `check` is tried. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set(['ENTRY_BELOW_DANGLING_LINK', 'HARDLINK_TO_LOWER_LAYER', 'SYMLINK_LOOP'])

describe('what runtimes refuse is an error of verify, and said where the image is opened', () => {
  test('names twice in a layer, directories too: counted, the first named; a layer written anew has each once', async context => {
    const twice = layerFixture([
      { name: 'a/', flag: '5' },
      { name: 'a/x', content: '1' },
      { name: './a/x', content: '2' },
      { name: 'a/', flag: '5' },
      { name: 'a/.wh.q', content: '' },
    ])
    const reference = layout(context, imageFixture([twice]))
    const problems = await verified(reference)
    assert.deepEqual(errors(problems), ['LAYER_NAME_REPEATED'])
    assert.match(problems.find(({ code }) => code === 'LAYER_NAME_REPEATED')?.message ?? '', /^2 names .*\/a\/x, \/a$/)
    for (const command of [['ls'], ['waste'], ['inspect', '--layers']])
      assert.match((await peel([...command, reference])).stderr, /duplicates of file paths not supported.*\/a\/x/)
    const fixed = `${reference.replace(/:x$/, '')}:fixed`
    assert.equal((await peel(['squash', reference, fixed, '--layers', '1..1'])).status, 0)
    assert.deepEqual(errors(await verified(fixed)), [])
  })

  test('a config with a field of a type that no runtime can read; an odd value is a warning', async context => {
    for (const config of [
      { config: { Entrypoint: '/bin/sh' } },
      { config: { Labels: { build: 7 } } },
      { created: 'yesterday' },
    ]) {
      const reference = layout(context, imageFixture([plain], { config }))
      assert.deepEqual(errors(await verified(reference)), ['DOCUMENT_RULE'])
      assert.match((await peel(['inspect', reference])).stderr, /No runtime can read the config/)
      const copied = await peel(['squash', reference, `${reference.replace(/:x$/, '')}:y`, '--set', 'user=1'])
      assert.equal(copied.status, 0)
      assert.match(copied.stderr, /No runtime can read the config/)
    }
    const odd = layout(context, imageFixture([plain], { config: { config: { Env: ['NO_VALUE'] } } }))
    assert.deepEqual(errors(await verified(odd)), [])
  })

  test('names, links, types and attributes that no runtime unpacks, whiteouts of nothing', async context => {
    const odd = layerFixture([
      { name: 'n'.repeat(256), content: '1' },
      { name: 's', flag: '2', link: '' },
      { name: 'c', flag: '7', content: '1' },
      { name: 'v', flag: 'V' },
      { name: 'x', content: '1', pax: { 'SCHILY.xattr.security.capability': 'no' } },
      { name: 'd/.wh.' },
    ])
    const reference = layout(context, imageFixture([odd]))
    const problems = await verified(reference)
    const refused = [...Array(4).fill('ENTRY_REFUSED'), 'ENTRY_TYPE_UNKNOWN', 'WHITEOUT_INVALID']
    assert.deepEqual(errors(problems).toSorted(), refused)
    assert.match((await peel(['inspect', '--layers', reference])).stderr, /docker and podman refuse the layer: \/nnn/)
  })

  test('a platform in the index that the config contradicts', async context => {
    const image = imageFixture([plain], { config: { architecture: 'arm64' } })
    const listed = { ...image, descriptor: { ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } } }
    const reference = layout(context, indexFixture([listed]))
    assert.deepEqual(errors(await verified(reference)), ['PLATFORM_CONTRADICTION'])
    assert.match((await peel(['inspect', reference])).stderr, /lists the image for linux\/amd64, its config says linux\/arm64/)
  })

  test('zstd in a Docker manifest, and more layers than a mount takes', async context => {
    const zstd = layerFixture({ a: '1' }, { compression: 'zstd', mediaType: 'application/vnd.docker.image.rootfs.diff.tar.zstd' })
    const image = imageFixture([zstd], { manifest: { mediaType: DOCKER_MANIFEST } })
    const docker = { ...image, descriptor: { ...image.descriptor, mediaType: DOCKER_MANIFEST } }
    assert.deepEqual(errors(await verified(layout(context, docker))), ['ZSTD_IN_DOCKER_MANIFEST'])
    const many = imageFixture(Array.from({ length: 128 }, (_, index) => layerFixture({ [`f${index}`]: '' })))
    assert.deepEqual(errors(await verified(layout(context, many))), ['LAYERS_TOO_MANY'])
    const { stdout } = await peel(['check', layout(context, many), '--only', 'run/refused', '--json'])
    assert.match(JSON.parse(stdout).findings[0].fix, /peel squash --layers 1\.\.2\.$/)
    const enough = imageFixture(Array.from({ length: 127 }, (_, index) => layerFixture({ [`f${index}`]: '' })))
    assert.deepEqual(errors(await verified(layout(context, enough))), [])
  })

  test('faults of a stack are errors of verify and of check alike', async context => {
    // Each but the first and the last two was seen: `docker load` 20.10 and `podman load` 4.3 end with an error.
    for (const [code, entries] of [
      ['HARDLINK_TO_LOWER_LAYER', [{ name: 'link', flag: '1', link: 'etc/a' }]],
      ['ENTRY_BELOW_DANGLING_LINK', [{ name: 'p', flag: '2', link: 'nowhere' }, { name: 'p/c' }]],
      ['SYMLINK_LOOP', [{ name: 'a', flag: '2', link: 'b' }, { name: 'b', flag: '2', link: 'a' }, { name: 'a/x' }]],
      ['HARDLINK_TO_DIRECTORY', [{ name: 'd/' }, { name: 'k', flag: '1', link: 'd' }]],
      ['ENTRY_REFUSED', [{ name: './', flag: '2', link: 'etc' }]],
      ['ENTRY_REFUSED', [{ name: '.', content: '1' }]],
      ['HARDLINK_TARGET_MISSING', [{ name: 'k', flag: '1', link: 'nowhere' }]],
      ['ENTRY_BELOW_FILE', [{ name: 'f' }, { name: 'f/x' }]],
    ] as const) {
      const reference = layout(context, imageFixture([plain, layerFixture(entries)]))
      assert.deepEqual(errors(await verified(reference)), [code])
      const { status, stdout } = await peel(['check', reference, '--only', 'run/refused', '--json'])
      assert.equal(status, 1, code)
      type Finding = { readonly id: string; readonly layer: number; readonly fix: string }
      const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
      assert.deepEqual(
        findings.map(({ id, layer }) => [id, layer]),
        [['run/refused', 1]],
        code,
      )
      assert.match(findings[0]?.fix ?? '', code === 'ENTRY_REFUSED' ? /--remove PATH/ : /peel squash --layers 2\.\.2\./, code)
      if (!WRITTEN_ANEW.has(code)) continue
      const fixed = `${reference.replace(/:x$/, '')}:fixed`
      assert.equal((await peel(['squash', reference, fixed, '--layers', '2..2'])).status, 0, code)
      assert.deepEqual(errors(await verified(fixed)), [], code)
    }
  })

  test('hard links to a lower layer', async context => {
    const link = layerFixture([{ name: 'link', flag: '1', link: 'etc/a' }])
    assert.deepEqual(errors(await verified(layout(context, imageFixture([plain, link])))), ['HARDLINK_TO_LOWER_LAYER'])
  })
})

test('DiffIDs are compared in their own algorithm', async context => {
  const layers = [plain, layerFixture({ b: '2' })]
  const sha512 = (tar: Uint8Array) => `sha512:${createHash('sha512').update(tar).digest('hex')}`
  const config = (wrong: boolean) => ({
    rootfs: { type: 'layers', diff_ids: layers.map(({ tar }, index) => sha512(wrong && index === 1 ? Buffer.from('x') : tar)) },
  })
  assert.deepEqual(errors(await verified(layout(context, imageFixture(layers, { config: config(false) })))), [])
  const wrong = await verified(layout(context, imageFixture(layers, { config: config(true) })))
  assert.deepEqual(
    wrong.filter(({ severity }) => severity === 'error').map(({ code, layer }) => [code, layer]),
    [['DIFF_ID_MISMATCH', 1]],
  )
})

test('paths that the two semantics show differently are counted and named in every view of the layers', async context => {
  // Overlay runtimes replace the link by the directory, the specification writes through it.
  const layers = [
    layerFixture([
      { name: 'real/', flag: '5' },
      { name: 'link', flag: '2', link: 'real' },
    ]),
    layerFixture({ 'link/f': 'x' }),
  ]
  const reference = layout(context, imageFixture(layers))
  assert.ok((await verified(reference)).some(({ code }) => code === 'SEMANTICS_DISAGREE'))
  const directory = scratch(context)
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  for (const command of [['ls'], ['waste'], ['inspect', '--layers']]) {
    const { stderr } = await peel([...command, reference])
    assert.match(stderr, /Runtimes and the specification show \d+ paths? differently: \/.*--semantics spec/, command.join(' '))
  }
  const squashed = await peel(['squash', reference, `oci:${join(directory, 'out')}:x`])
  assert.match(squashed.stderr, /Runtimes and the specification show/)
})
