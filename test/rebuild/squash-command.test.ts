import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { corpusTest } from '../kit/corpus.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { noise } from '../kit/noise.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { schemaProblems } from '../kit/spec/schema.ts'
import { killAtMoments } from './kills.ts'

const layers = [
  layerFixture({ 'etc/': '', 'etc/passwd': 'root', 'usr/': '', 'usr/a.pyc': 'code', 'usr/keep': 'k'.repeat(5000) }),
  layerFixture({ 'etc/': '', 'etc/shadow': 'secret', 'var/': '', 'var/big': 'x'.repeat(200_000) }),
  layerFixture({ 'var/': '', 'var/.wh.big': '', 'etc/': '', 'etc/passwd': 'changed' }),
]
const image = imageFixture(layers)

function layout(directory: string, name = 'app'): string {
  return `oci:${writeLayout(join(directory, 'source'), { [name]: image })}:${name}`
}

type Result = {
  source: { digest: string; size: number }
  result: { digest: string; size: number; reference: string | null }
  layers: { position: number; action: string; digest: string; size: number }[]
  saved: { tar: number; compressed: number }
  verified: boolean
  removed: unknown
  plan?: unknown
}

async function squash(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const { status, stdout, stderr } = await peel(['squash', ...args, '--json'], { env })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as Result
}

const blob = (directory: string, digest: string) =>
  readFileSync(join(directory, 'blobs', 'sha256', digest.replace('sha256:', '')))
const json = (directory: string, digest: string) => JSON.parse(blob(directory, digest).toString()) as Record<string, never>

describe('peel squash', () => {
  test('everything: one layer, smaller, the same digest again and from its own result', async context => {
    const directory = scratch(context)
    const source = layout(directory)
    const first = await squash([source, `oci:${join(directory, 'one')}:x`])
    assert.deepEqual(
      first.layers.map(({ action }) => action),
      ['written'],
    )
    assert.ok(first.saved.tar > 200_000 && first.verified)
    const second = await squash([source, `oci-archive:${join(directory, 'two.tar')}:x`])
    assert.equal(second.result.digest, first.result.digest)
    const again = await squash([`oci:${join(directory, 'one')}:x`, `oci:${join(directory, 'three')}:x`])
    assert.equal(again.result.digest, first.result.digest)
    assert.ok(!blob(join(directory, 'one'), first.layers[0]?.digest ?? '').includes('secret-never'))
  })

  test('nothing to squash: status 0, every blob byte for byte, said on standard error', async context => {
    const directory = scratch(context)
    const source = layout(directory)
    const { status, stderr } = await peel(['squash', source, `oci:${join(directory, 'out')}:x`, '--layers', '2'])
    assert.equal(status, 0)
    assert.match(stderr, /Nothing to squash: the image was copied unchanged/)
    const names = readdirSync(join(directory, 'source', 'blobs', 'sha256')).sort()
    assert.deepEqual(readdirSync(join(directory, 'out', 'blobs', 'sha256')).sort(), names)
    for (const name of names) assert.ok(blob(join(directory, 'out'), name).equals(blob(join(directory, 'source'), name)))
  })

  test('a subject goes with the old digest unless it is asked for, and both an image and an index say so', async context => {
    const directory = scratch(context)
    const about = { mediaType: image.descriptor.mediaType, digest: image.descriptor.digest, size: 9 }
    const signed = imageFixture(layers, { manifest: { subject: about } })
    const path = writeLayout(join(directory, 'source'), {
      one: signed,
      many: indexFixture([signed], { subject: { ...about, digest: signed.descriptor.digest } }),
    })
    const run = (...args: string[]) => peel(['squash', ...args, '--dry-run'])
    const told = new RegExp(`refer to its subject any more \\(${about.digest}`)
    assert.match((await run(`oci:${path}:one`)).stderr, told)
    const many = (await run(`oci:${path}:many`)).stderr
    assert.ok(told.test(many) && many.includes(`any more (${signed.descriptor.digest}`), many)
    assert.doesNotMatch((await run(`oci:${path}:one`, '--keep-subject')).stderr, told)
    assert.match((await run(`oci:${path}:one`, '--keep-subject', '--format', 'docker')).stderr, told)
    assert.doesNotMatch((await run(`oci:${path}:one`, '--layers', '2')).stderr, told)
  })

  test('ranges, removals, settings; the untouched layer stays; a dry run gives the same digest and the plan', async context => {
    const directory = scratch(context)
    const source = layout(directory)
    const edits = ['--layers', '2..3', '--remove', '*.pyc', '--set', 'env.A=1', '--set', 'label.l=v']
    const dry = await squash([source, '--dry-run', ...edits])
    const done = await squash([source, `oci:${join(directory, 'out')}:x`, ...edits])
    assert.equal(dry.result.digest, done.result.digest)
    assert.deepEqual(
      done.layers.map(({ position, action }) => [position, action]),
      [
        [0, 'written'],
        [1, 'written'],
      ],
    )
    assert.deepEqual(done.removed, [{ what: 'remove *.pyc', paths: 1, bytes: 4 }])
    const plan = join(directory, 'plan.json')
    writeFileSync(plan, JSON.stringify(dry.plan))
    assert.equal(
      (await squash([source, `oci:${join(directory, 'replayed')}:x`, '--plan', plan])).result.digest,
      done.result.digest,
    )
    const listed = await peel(['ls', `oci:${join(directory, 'out')}:x`])
    assert.doesNotMatch(listed.stdout, /pyc|var\/big/)
    const manifest = json(join(directory, 'out'), done.result.digest) as unknown as { config: { digest: string } }
    const config = json(join(directory, 'out'), manifest.config.digest) as unknown as { config: object; history: object[] }
    assert.deepEqual(config.config, { Env: ['A=1'], Labels: { l: 'v' } })
    assert.equal(config.history.length, 2)
  })

  corpusTest('written documents hold to the specification’s schemas', async context => {
    const directory = scratch(context)
    const out = join(directory, 'out')
    const done = await squash([layout(directory), `oci:${out}:x`, '--set', 'annotation.a=b'])
    const manifest = json(out, done.result.digest) as unknown as { config: { digest: string } }
    assert.deepEqual(schemaProblems('image-manifest', manifest), [])
    assert.deepEqual(schemaProblems('config', json(out, manifest.config.digest)), [])
    assert.deepEqual(schemaProblems('image-index', JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'))), [])
  })

  test('a name that is not UTF-8 is removed by its bytes', async context => {
    const directory = scratch(context)
    const latin = Buffer.from('etc/caf\xe9', 'latin1')
    const odd = imageFixture([
      layerFixture([
        { name: latin, content: 'x' },
        { name: 'etc/kept', content: 'y' },
      ]),
    ])
    const source = `oci:${writeLayout(join(directory, 'source'), { app: odd })}:app`
    const plan = join(directory, 'plan.json')
    writeFileSync(plan, JSON.stringify({ peelPlan: 1, edits: [{ type: 'remove', pathBase64: latin.toString('base64') }] }))
    const done = await squash([source, `oci:${join(directory, 'out')}:x`, '--plan', plan])
    assert.deepEqual(done.removed, [{ what: 'remove /etc/caf\\xe9', paths: 1, bytes: 1 }])
    const listed = await peel(['ls', `oci:${join(directory, 'out')}:x`])
    assert.deepEqual(listed.stdout.trim().split('\n'), ['etc', 'etc/kept'])
  })

  test('SOURCE_DATE_EPOCH is the squashed entry’s time', async context => {
    const directory = scratch(context)
    const done = await squash([layout(directory), `oci:${join(directory, 'out')}:x`], { SOURCE_DATE_EPOCH: '86400' })
    const manifest = json(join(directory, 'out'), done.result.digest) as unknown as { config: { digest: string } }
    const config = json(join(directory, 'out'), manifest.config.digest) as unknown as { history: { created: string }[] }
    assert.equal(config.history[0]?.created, '1970-01-02T00:00:00Z')
  })

  test('an index: every platform, or those that are named; attestations are dropped and that is said', async context => {
    const directory = scratch(context)
    const other = imageFixture(layers.slice(0, 2), { platform: { os: 'linux', architecture: 'arm64' } })
    const attestation = imageFixture([layerFixture({ x: 'y' })], { platform: { os: 'unknown', architecture: 'unknown' } })
    const about = {
      ...attestation,
      descriptor: {
        ...attestation.descriptor,
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.descriptor.digest,
        },
      },
    }
    const index = indexFixture([image, other, about])
    const source = `oci:${writeLayout(join(directory, 'source'), { app: index })}:app`
    const all = await peel(['squash', source, `oci:${join(directory, 'all')}:x`, '--json'])
    assert.equal(all.status, 0, all.stderr)
    assert.match(all.stderr, /1 attestation names the old digest and is dropped/)
    const result = JSON.parse(all.stdout) as Result & { images: unknown[] }
    assert.equal(result.images.length, 2)
    const written = json(join(directory, 'all'), result.result.digest) as unknown as { manifests: { digest: string }[] }
    assert.equal(written.manifests.length, 2)
    const arm = await squash([source, `oci:${join(directory, 'arm')}:x`, '--platform', 'linux/arm64'])
    const alone = json(join(directory, 'arm'), arm.result.digest) as unknown as { layers: object[] }
    assert.equal(alone.layers.length, 1)
    const plan = join(directory, 'plan.json')
    writeFileSync(plan, JSON.stringify({ peelPlan: 1, edits: [{ type: 'squash' }, { type: 'platforms', platforms: ['arm64'] }] }))
    const dry = await peel(['squash', source, `oci:${join(directory, 'both')}:x`, '--plan', plan, '--set', 'user=1', '--dry-run'])
    assert.match(dry.stdout, new RegExp(`^set user=1$[^]*^linux/amd64 stays as it is {2}${image.descriptor.digest}$`, 'm'))
    const beside = await squash([source, `oci:${join(directory, 'both')}:x`, '--plan', plan])
    const kept = json(join(directory, 'both'), beside.result.digest) as unknown as { manifests: { digest: string }[] }
    assert.deepEqual(
      kept.manifests.map(({ digest }) => digest === image.descriptor.digest || digest === about.descriptor.digest),
      [true, false, true],
    )
    assert.ok(kept.manifests.every(({ digest }) => existsSync(join(directory, 'both', 'blobs', 'sha256', digest.slice(7)))))
    assert.deepEqual(
      (beside as Result & { kept: { platform: string }[] }).kept.map(({ platform }) => platform),
      ['linux/amd64'],
    )
  })

  test('a plan that leaves platforms out: one alone needs no index, several get one of their own', async context => {
    const directory = scratch(context)
    const forPlatform = (architecture: string, count: number) =>
      imageFixture(layers.slice(0, count), { platform: { os: 'linux', architecture } })
    const index = indexFixture([forPlatform('amd64', 3), forPlatform('arm64', 2), forPlatform('s390x', 3)])
    const source = `oci:${writeLayout(join(directory, 'source'), { app: index })}:app`
    const replay = (name: string, platforms: readonly string[], range = {}) => {
      const plan = join(directory, `${name}.json`)
      const edits = [
        { type: 'squash', ...range },
        { type: 'platforms', platforms, others: 'drop' },
      ]
      writeFileSync(plan, JSON.stringify({ peelPlan: 1, edits }))
      return peel(['squash', source, `oci:${join(directory, name)}:x`, '--plan', plan, '--json'])
    }
    const alone = await replay('alone', ['linux/s390x'])
    assert.equal(alone.status, 0, alone.stderr)
    assert.match(alone.stderr, /2 other images of the index are not in the result/)
    const manifest = json(join(directory, 'alone'), JSON.parse(alone.stdout).result.digest) as unknown as { layers: object[] }
    assert.equal(manifest.layers.length, 1)
    const two = await replay('two', ['linux/amd64', 'linux/arm64'])
    const written = json(join(directory, 'two'), JSON.parse(two.stdout).result.digest) as unknown as {
      manifests: { platform: { architecture: string } }[]
    }
    assert.deepEqual(
      written.manifests.map(({ platform }) => platform.architecture),
      ['amd64', 'arm64'],
    )
    const wrong = await replay('wrong', ['linux/amd64', 'linux/arm64'], { from: 1, to: 2 })
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /for linux\/arm64: there is no layer 3/)
    assert.ok(!existsSync(join(directory, 'wrong')))
  })

  test('an index: attestations are carried when asked; a docker-archive takes the one platform that is named', async context => {
    const directory = scratch(context)
    const other = imageFixture(layers.slice(0, 2), { platform: { os: 'linux', architecture: 'arm64' } })
    const attested = imageFixture([layerFixture({ x: 'y' })], { platform: { os: 'unknown', architecture: 'unknown' } })
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.descriptor.digest,
    }
    const about = { ...attested, descriptor: { ...attested.descriptor, annotations } }
    const source = `oci:${writeLayout(join(directory, 'source'), { app: indexFixture([image, other, about]) })}:app`
    const out = join(directory, 'out')
    const carried = await peel(['squash', source, `oci:${out}:x`, '--attestations', 'carry', '--json'])
    assert.equal(carried.status, 0)
    assert.match(carried.stderr, /1 attestation names the old digest and is carried over/)
    const { manifests } = json(out, (JSON.parse(carried.stdout) as Result).result.digest) as unknown as {
      manifests: { digest: string; annotations?: Record<string, string> }[]
    }
    assert.equal(manifests[2]?.digest, attested.descriptor.digest)
    assert.equal(manifests[2]?.annotations?.['vnd.docker.reference.digest'], manifests[0]?.digest)
    const archive = join(directory, 'arm.tar')
    const whole = await peel(['squash', source, `docker-archive:${archive}:app:1`])
    assert.equal(whole.status, 3)
    assert.match(whole.stderr, /takes an image for one platform\nChoose one with --platform \(linux\/amd64, linux\/arm64\)/)
    await squash([source, `docker-archive:${archive}:app:1`, '--platform', 'linux/arm64'])
    const listed = JSON.parse((await peel(['inspect', archive, '--json'])).stdout) as { platform: string; layers: unknown[] }
    assert.deepEqual([listed.platform, listed.layers.length], ['linux/arm64', 1])
  })

  test('mistakes end with status 2 or 3, one sentence and a hint; nothing is written', async context => {
    const directory = scratch(context)
    const source = layout(directory)
    const out = join(directory, 'out')
    const cases: readonly [readonly string[], number, RegExp][] = [
      [[source], 2, /the destination is missing/],
      [[source, out, '--layers', '0..2'], 2, /is not A\.\.B/],
      [[source, out, '--layers', '2..9'], 2, /there is no layer 9/],
      [[source, out, '--layers', '1..2', '--layers', '2..3'], 2, /overlap/],
      [[source, out, '--set', 'nope=1'], 2, /there is no key/],
      [[source, out, '--set', 'ports=http'], 2, /"http" is not a port\nWrite ports=8080\/tcp/],
      [[source, out, '--remove', '/'], 2, /that is the whole image/],
      [[source, out, '--remove', ''], 2, /it would remove everything/],
      [[source, out, '--remove', 'size:>'], 2, /Cannot use the filter/],
      [[source, '/proc/peel/out'], 3, /^peel: Cannot write [^\n]+\n?/],
      [[source, out, '--platform', 'linux/s390x'], 3, /the image is not made for it/],
      [[source, out, '--clamp-times', 'yesterday'], 2, /whole seconds since 1970/],
      [[source, out, '--compress', 'lzma'], 2, /gzip, zstd or none/],
      [[source, out, '--compress', 'gzip:12'], 2, /no such level/],
      [[source, out, '--compress', 'zstd', '--format', 'docker'], 3, /Docker manifest/],
      [[source, out, '--plan', join(directory, 'none.json')], 3, /Cannot read the plan/],
      [[source, source], 3, /has an image "app" already/],
    ]
    for (const [args, status, message] of cases) {
      const result = await peel(['squash', ...args])
      assert.match(result.stderr, message, args.join(' '))
      assert.equal(result.status, status, args.join(' '))
    }
    assert.ok(!existsSync(out))
  })

  test('standard output is the archive, what is said goes to standard error', async context => {
    const directory = scratch(context)
    const { status, bytes, stderr } = await peel(['squash', layout(directory), '-'])
    assert.equal(status, 0, stderr)
    const file = join(directory, 'out.tar')
    writeFileSync(file, bytes)
    assert.equal((await peel(['verify', file])).status, 0)
  })

  test('a corrupt layer, an encrypted one: refused, the destination untouched', async context => {
    const directory = scratch(context)
    const source = layout(directory)
    const digest = image.layers[1]?.digest.slice(7) ?? ''
    const file = join(directory, 'source', 'blobs', 'sha256', digest)
    const bytes = readFileSync(file)
    chmodSync(file, 0o644)
    writeFileSync(file, Buffer.concat([bytes.subarray(0, -9), Buffer.from('x'), bytes.subarray(-8)]))
    const broken = await peel(['squash', source, join(directory, 'out'), '--json'])
    assert.equal(broken.status, 3)
    assert.equal((JSON.parse(broken.stdout) as { error: { code: string } }).error.code, 'BLOB_DIGEST_MISMATCH')
    const encrypted = imageFixture([
      layerFixture({ a: 'b' }),
      layerFixture({ c: 'd' }, { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }),
    ])
    const other = `oci:${writeLayout(join(directory, 'enc'), { e: encrypted })}:e`
    const refused = await peel(['squash', other, join(directory, 'out')])
    assert.match(refused.stderr, /it is encrypted/)
    assert.equal(refused.status, 3)
    assert.ok(!existsSync(join(directory, 'out')))
  })

  test('kill -9 at any moment leaves the destination as it was, or whole; the next run sweeps', context =>
    killAtMoments(scratch(context), 12))

  peerTest(
    'a full disk is one clear error',
    ['mount'],
    async context => {
      const directory = scratch(context)
      const small = join(directory, 'small')
      mkdirSync(small)
      run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small])
      try {
        const random = imageFixture([
          layerFixture({ a: { content: noise(300_000) } }),
          layerFixture({ b: { content: noise(300_000, 'b') } }),
        ])
        const source = `oci:${writeLayout(join(directory, 'source'), { r: random })}:r`
        for (const [destination, environment] of [
          [join(small, 'out'), {}],
          [join(directory, 'out'), { TMPDIR: small }],
        ] as const) {
          const { status, stderr } = await peel(['squash', source, destination], { env: environment })
          assert.equal(status, 3)
          assert.match(stderr, /^peel: Cannot [^\n]+\n[A-Z][^\n]+\n$/)
          assert.deepEqual(readdirSync(small), [])
          assert.ok(!existsSync(join(directory, 'out')))
        }
      } finally {
        run('umount', [small])
      }
    },
    { root: true },
  )
})

describe('a destination that cannot be written', () => {
  peerTest(
    'a read-only file system: one clear error, before any work',
    ['mount'],
    async context => {
      const directory = scratch(context)
      const place = join(directory, 'place')
      mkdirSync(place)
      run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', place])
      try {
        for (const destination of [`oci:${join(place, 'out')}:x`, `oci-archive:${join(place, 'out.tar')}`]) {
          const { status, stderr } = await peel(['squash', layout(directory), destination])
          assert.equal(status, 3)
          assert.match(stderr, /^peel: Cannot [^\n]+\n/)
        }
      } finally {
        run('umount', [place])
      }
    },
    { root: true },
  )
})

describe('peers read what peel squash writes', () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    peerTest(`skopeo copies and ${compression} tests a ${compression} result`, ['skopeo', compression], async context => {
      const directory = scratch(context)
      const out = join(directory, 'out')
      const done = await squash([layout(directory), `oci:${out}:x`, '--compress', compression])
      run('skopeo', ['inspect', `oci:${out}:x`])
      run('skopeo', ['--insecure-policy', 'copy', '-q', `oci:${out}:x`, `dir:${join(directory, 'dir')}`])
      run(compression, ['-tq'], { input: blob(out, done.layers[0]?.digest ?? '') })
    })
  }

  peerTest(
    'podman loads the docker-archive and buildah runs a command in it',
    ['podman', 'buildah', 'busybox'],
    async context => {
      const directory = scratch(context)
      const busybox = readFileSync(run('sh', ['-c', 'command -v busybox']).toString().trim())
      const runnable = imageFixture([
        layerFixture({ 'bin/': '', 'bin/sh': { content: busybox, mode: 0o755 }, gone: 'x' }),
        layerFixture({ '.wh.gone': '', 'etc/': '', 'etc/word': 'seen' }),
      ])
      const source = `oci:${writeLayout(join(directory, 'run'), { r: runnable })}:r`
      const archive = join(directory, 'out.tar')
      await squash([source, `docker-archive:${archive}:peel/test:1`])
      const store = ['--root', join(directory, 's'), '--runroot', join(directory, 'r'), '--storage-driver', 'vfs']
      run('podman', [...store, 'load', '-q', '-i', archive])
      const container = run('buildah', [...store, 'from', '--pull=never', 'peel/test:1'])
        .toString()
        .trim()
      const command = 'read word < /etc/word; echo "$word"; [ -e /gone ] || echo gone'
      const said = run('buildah', [
        ...store,
        'run',
        '--isolation',
        'chroot',
        container,
        '--',
        '/bin/sh',
        '-c',
        command,
      ]).toString()
      assert.equal(said.trim(), 'seen\ngone')
      run('buildah', [...store, 'rm', container])
    },
    { root: true },
  )

  peerTest(
    'umoci unpacks it',
    ['umoci'],
    async context => {
      const directory = scratch(context)
      const out = join(directory, 'out')
      await squash([layout(directory), `oci:${out}:x`])
      run('umoci', ['raw', 'unpack', '--image', `${out}:x`, join(directory, 'tree')])
      assert.equal(readFileSync(join(directory, 'tree', 'etc', 'passwd'), 'utf8'), 'changed')
      assert.deepEqual(readdirSync(join(directory, 'tree', 'var')), [])
    },
    { root: true },
  )
})
