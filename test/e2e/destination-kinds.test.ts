import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { deviceIn } from '../kit/device.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import {
  archiveContents,
  archiveMembers,
  checkSaid,
  type PlaceContents,
  placeContents,
  repositoryContents,
} from '../kit/registry/place-contents.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'

const shown = shownLayout({ latest: shownImage() })
const SOURCE = join(shown.directory, 'weather')
after(() => shown.remove())

function scratch(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'peel-kinds-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

type Place = { readonly typed: string; readonly contents: () => PlaceContents }
type Kind = { readonly name: string; readonly place: (context: TestContext) => Promise<Place> }

/** How a file begins that is compressed as its name says. */
const PACKED = [
  [/\.(?:tgz|tar\.gz)$/, '1f8b'],
  [/\.tar\.zst$/, '28b52ffd'],
] as const

const file = (name: string, typed: (path: string) => string): Kind => ({
  name,
  async place(context) {
    const path = join(scratch(context), name)
    return {
      typed: typed(path),
      contents() {
        const packed = PACKED.find(([ending]) => ending.test(name))
        if (packed !== undefined) assert.equal(readFileSync(path).toString('hex', 0, 4).slice(0, packed[1].length), packed[1])
        return placeContents(path)
      },
    }
  },
})

const KINDS: readonly Kind[] = [
  file('layout', path => `oci:${path}:v1`),
  file('unnamed', path => path),
  file('out.tar', path => path),
  file('out.tgz', path => `${path}:app:1`),
  file('out.tar.gz', path => path),
  file('out.tar.zst', path => path),
  file('oci.tar', path => `oci-archive:${path}:v1`),
  file('docker.tar', path => `docker-archive:${path}:app:1`),
  file('dir', path => `dir:${path}`),
  {
    name: 'registry',
    async place(context) {
      const registry = await TestRegistry.start()
      context.after(() => registry.close())
      return { typed: `${registry.host}/team/app:1`, contents: () => repositoryContents(registry, 'team/app') }
    },
  },
]

const EDITS: Readonly<Record<string, readonly string[]>> = {
  copy: ['copy'],
  'convert to zstd': ['copy', '--compress', 'zstd'],
  'convert to gzip': ['copy', '--compress', 'gzip:1'],
  'squash all': ['squash'],
  'squash two': ['squash', '--layers', '1..2'],
  'edit the config': ['squash', '--set', 'env.A=B'],
}

const BRIEF: readonly string[] = ['copy', 'convert to zstd', 'squash all']
/**
 * Every kind has a copy, a conversion and a squash. A layout keeps layers as they are sent and a docker-archive unpacks them: both have
 * every edit; a registry also keeps layers that it has already.
 */
const EDITS_OF: Readonly<Record<string, readonly string[]>> = {
  layout: Object.keys(EDITS),
  'docker.tar': Object.keys(EDITS),
  registry: [...BRIEF, 'edit the config'],
}

describe('what is said of a result is what is there', () => {
  for (const kind of KINDS)
    for (const [name, [command = '', ...options]] of Object.entries(EDITS)) {
      if (!(EDITS_OF[kind.name] ?? BRIEF).includes(name)) continue
      test(`${name} → ${kind.name}; again: already there`, async context => {
        const { typed, contents } = await kind.place(context)
        const args = [command, SOURCE, typed, ...options, '--json', '--insecure']
        const first = await peel(args)
        assert.equal(first.status, 0, first.stderr)
        const said = JSON.parse(first.stdout)
        checkSaid(said, contents())
        const again = await peel(args)
        assert.equal(again.status, 0, again.stderr)
        assert.equal(JSON.parse(again.stdout).alreadyThere, true)
        assert.deepEqual(JSON.parse(again.stdout).result, said.result)
        checkSaid(JSON.parse(again.stdout), contents())
        if (command === 'squash') {
          const planned = JSON.parse((await peel([...args, '--dry-run'])).stdout)
          assert.deepEqual({ ...planned.result, reference: said.result.reference }, said.result)
          assert.deepEqual(planned.layers, said.layers)
        }
        if (name !== 'squash all') return
        const other = await peel(['copy', SOURCE, typed, '--insecure'])
        assert.equal(other.status, 3, `another image of that name is refused: ${other.stdout}`)
      })
    }

  test('layers of an archive and a registry are compressed, also of an image that docker saved', async context => {
    const directory = scratch(context)
    const plain = join(directory, 'plain.tar')
    assert.equal((await peel(['copy', SOURCE, `docker-archive:${plain}:app:1`])).status, 0)
    for (const kind of KINDS.filter(({ name }) => name === 'out.tar' || name === 'registry')) {
      const { typed, contents } = await kind.place(context)
      const { stdout, status } = await peel(['copy', plain, typed, '--json', '--insecure'])
      assert.equal(status, 0)
      checkSaid(JSON.parse(stdout), contents())
      const image = JSON.parse((await peel(['inspect', typed, '--json', '--insecure'])).stdout)
      assert.deepEqual(new Set(image.layers.map(({ compression }: { compression: string }) => compression)), new Set(['gzip']))
    }
  })

  test('what cannot be compressed where it goes is said, never ignored', async context => {
    const path = join(scratch(context), 'd.tar')
    const { status, stderr, stdout } = await peel(['squash', SOURCE, `docker-archive:${path}`, '--compress', 'zstd', '--json'])
    assert.equal(status, 0)
    assert.match(stderr, /Layers are unpacked in a docker-archive.*--compress changes nothing there/)
    checkSaid(JSON.parse(stdout), archiveContents(path))
  })

  test('an archive with zstd layers says which docker does not load it', async context => {
    const directory = scratch(context)
    const zstd = imageFixture([layerFixture({ a: '1' }, { compression: 'zstd' })])
    const source = `oci:${writeLayout(join(directory, 'l'), { x: zstd })}:x`
    const archive = join(directory, 'x.tar')
    for (const command of [['copy'], ['squash', '--set', 'user=1']]) {
      const { stderr, status } = await peel([...command, source, archive, '--force'])
      assert.equal(status, 0)
      assert.match(stderr, /A layer is zstd, which docker before 23\.0 does not load; --compress gzip/)
    }
    for (const [to, ...options] of [
      [archive, '--compress', 'gzip'],
      [`docker-archive:${archive}`],
      [`oci:${join(directory, 'o')}`],
    ])
      assert.doesNotMatch((await peel(['copy', source, to ?? '', ...options, '--force'])).stderr, /zstd/)
  })

  test('docker-archive:- and - stream the archive, and what is said goes to standard error', async () => {
    for (const [typed, member] of [
      ['docker-archive:-', 'manifest.json'],
      ['-', 'index.json'],
    ] as const) {
      const { bytes, status } = await peel(['copy', SOURCE, typed])
      assert.equal(status, 0)
      assert.ok(archiveMembers(bytes).has(member))
      const back = await peel(['inspect', '-', '--json'], { input: bytes })
      assert.equal(JSON.parse(back.stdout).layers.length, 3)
    }
  })

  test('an archive that build or index streams is nothing but the archive', async context => {
    const words = join(scratch(context), 'words')
    writeFileSync(words, 'some words')
    for (const [command = '', typed = '', ...rest] of [
      ['build', 'docker-archive:-', '--add', `${words}:/words`],
      ['build', '-', '--add', `${words}:/words`],
      ['index', 'create', 'oci-archive:-', SOURCE],
    ]) {
      const { bytes, status, stderr } = await peel([command, typed, ...rest])
      assert.equal(status, 0, stderr)
      const back = await peel(['inspect', '-', '--json'], { input: bytes })
      assert.equal(back.status, 0, back.stderr)
      assert.deepEqual(JSON.parse(back.stdout).diagnostics, [])
      assert.match(stderr, /written to/)
    }
  })

  test('a link is written where it leads, and a device never becomes a file', async context => {
    const directory = scratch(context)
    const at = (name: string) => join(directory, name)
    run('ln', ['-s', 'target.tar', at('link.tar')])
    run('ln', ['-s', '/proc/self/fd/1', at('stdout')])
    for (const kind of ['', 'docker-archive:', 'oci-archive:']) {
      writeFileSync(at('target.tar'), 'old')
      assert.equal((await peel(['copy', SOURCE, `${kind}${at('link.tar')}`])).status, 3)
      assert.equal((await peel(['copy', SOURCE, `${kind}${at('link.tar')}`, '--force'])).status, 0)
      assert.equal(run('readlink', [at('link.tar')]).toString(), 'target.tar\n')
      assert.ok(
        archiveMembers(readFileSync(at('target.tar'))).has(
          kind === 'docker-archive:' ? 'manifest.json' : kind === '' ? 'manifest.json' : 'index.json',
        ),
      )
    }
    const device = deviceIn(directory)
    for (const path of [at('stdout'), device])
      for (const force of [[], ['--force']]) {
        const { status, stderr } = await peel(['copy', SOURCE, `docker-archive:${path}`, ...force])
        assert.equal(status, 3)
        assert.match(stderr, /must not become a file|not a regular file/)
      }
    assert.equal(run('readlink', [at('stdout')]).toString(), '/proc/self/fd/1\n')
    assert.ok(lstatSync(device).isCharacterDevice())
  })
})

describe('peers open what is written', () => {
  const write = async (context: TestContext, typed: (directory: string) => string, ...options: readonly string[]) => {
    const directory = scratch(context)
    const { status, stderr } = await peel(['squash', SOURCE, typed(directory), '--layers', '2..3', ...options])
    assert.equal(status, 0, stderr)
    return directory
  }

  peerTest('skopeo opens the archive as an OCI and as a docker archive', ['skopeo'], async context => {
    for (const name of ['out.tar', 'out.tar.gz', 'out.tar.zst']) {
      const directory = await write(context, at => `${at}/${name}:app:1`)
      // Of compressed archives skopeo 1.9 reads OCI ones only, whichever tool wrote them.
      for (const transport of name === 'out.tar' ? ['oci-archive', 'docker-archive'] : ['oci-archive']) {
        const seen = JSON.parse(run('skopeo', ['inspect', `${transport}:${directory}/${name}`]).toString())
        assert.equal(seen.Layers.length, 2)
        const copied = join(directory, `${transport}-copy`)
        run('skopeo', ['copy', '-q', `${transport}:${directory}/${name}`, `oci:${copied}:x`])
        assert.equal((await peel(['verify', `${copied}:x`])).status, 0)
      }
    }
  })

  peerTest('podman loads the archive under its name', ['podman'], async context => {
    const directory = await write(context, at => `${at}/out.tar:peel-kinds:1`)
    const storage = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs']
    const said = run('podman', [...storage, 'load', '-i', join(directory, 'out.tar')]).toString()
    assert.match(said, /peel-kinds:1/)
  })

  peerTest('umoci unpacks the archive once it is unpacked', ['umoci', 'tar'], async context => {
    const directory = await write(context, at => `${at}/out.tar:v1`)
    const layout = join(directory, 'layout')
    run('mkdir', [layout])
    run('tar', ['-xf', join(directory, 'out.tar'), '-C', layout])
    run('umoci', ['unpack', '--rootless', '--image', `${layout}:v1`, join(directory, 'bundle')])
    assert.match(readFileSync(join(directory, 'bundle/rootfs/etc/motd'), 'utf8'), /welcome/)
  })

  peerTest(
    'docker loads the archive, compressed or not',
    ['docker', 'dockerd'],
    async context => {
      const engine = mkdtempSync(join(tmpdir(), 'peel-kinds-docker-'))
      process.once('exit', () => rmSync(engine, { recursive: true, force: true }))
      const docker = await dockerEngine(context, engine)
      for (const name of ['out.tar', 'out.tgz']) {
        const directory = await write(context, at => `${at}/${name}:peel-kinds:1`, '--compress', 'gzip')
        assert.match(docker('load', '-i', join(directory, name)), /peel-kinds:1/)
        assert.equal(docker('inspect', '--format', '{{len .RootFS.Layers}}', 'peel-kinds:1').trim(), '2')
      }
    },
    { root: true },
  )
})
