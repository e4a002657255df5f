import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readBlob } from '../../src/blob/read.ts'
import { ImageError } from '../../src/error.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { collect, openText, scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'

const one = imageFixture([layerFixture({ 'etc/motd': 'hello' }), layerFixture({ b: 'two' }, { compression: 'zstd' })])
const arm = imageFixture([layerFixture({ c: 'three' })], { platform: { os: 'linux', architecture: 'arm64' } })
const many = indexFixture([one, arm])

/** A layout with one image and an index, and a directory beside it that is yet to be written. */
function places(context: TestContext): { layout: string; out: string; home: string } {
  const home = scratch(context)
  return { home, layout: writeLayout(join(home, 'layout'), { one, many }), out: join(home, 'out') }
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await peel(args)
  assert.equal(status, 0, stderr)
  return stdout
}

async function refuses(pattern: RegExp, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await peel(args)
  assert.equal(status, 3, stderr)
  assert.match(stderr, pattern)
}

describe('a directory as skopeo’s dir: has it', () => {
  test('is written and recognised by its content, byte for byte the same image', async context => {
    const { layout, out } = places(context)
    await succeeds('copy', `${layout}:one`, `dir:${out}`)
    const manifest = readFileSync(join(out, 'manifest.json'))
    assert.ok(manifest.equals(one.blobs.get(one.descriptor.digest) ?? Buffer.alloc(0)))
    const blobs = [...one.blobs.keys()]
      .filter(digest => digest !== one.descriptor.digest)
      .map(digest => digest.slice('sha256:'.length))
    assert.deepEqual(readdirSync(out).sort(), [...blobs, 'manifest.json', 'version'].sort())
    for (const reference of [out, `dir:${out}`]) {
      const seen = JSON.parse(await succeeds('inspect', reference, '--json'))
      assert.equal(seen.digest, one.descriptor.digest)
      assert.equal(seen.transport, 'dir')
      assert.deepEqual(seen.diagnostics, [])
    }
    assert.match(await succeeds('cat', out, 'etc/motd'), /^hello/)
  })

  test('holds every platform of an index, and one without --all', async context => {
    const { layout, out, home } = places(context)
    await succeeds('copy', '--all', `${layout}:many`, `dir:${out}`)
    const hex = arm.descriptor.digest.slice('sha256:'.length)
    assert.ok(readdirSync(out).includes(`${hex}.manifest.json`))
    assert.match(await succeeds('cat', out, 'c', '--platform', 'linux/arm64'), /^three/)
    assert.match(await succeeds('verify', out, '--platform', 'linux/arm64'), /ok/)
    await succeeds('copy', `${layout}:many`, `dir:${join(home, 'single')}`)
    assert.equal(JSON.parse(readFileSync(join(home, 'single/manifest.json'), 'utf8')).manifests, undefined)
  })

  test('that is there is replaced by force alone, what is no such directory never', async context => {
    const { layout, out, home } = places(context)
    await succeeds('copy', `${layout}:one`, `dir:${out}`)
    assert.match(await succeeds('copy', `${layout}:one`, `dir:${out}`), /^Already there/)
    await refuses(/it has an image already/, 'squash', `${layout}:one`, `dir:${out}`)
    symlinkSync('out', join(home, 'link'))
    await succeeds('squash', `${layout}:one`, `dir:${join(home, 'link')}`, '--force')
    assert.equal(JSON.parse(await succeeds('inspect', out, '--json')).layers.length, 1)
    assert.deepEqual(readdirSync(home).sort(), ['layout', 'link', 'out'])
    mkdirSync(join(home, 'own'))
    writeFileSync(join(home, 'own/letter.txt'), 'mine')
    await refuses(/neither empty nor/, 'copy', `${layout}:one`, `dir:${join(home, 'own')}`, '--force')
    await refuses(/it is an OCI layout/, 'copy', `${layout}:one`, `dir:${layout}`, '--force')
    assert.deepEqual(readdirSync(join(home, 'own')), ['letter.txt'])
  })

  test('signatures, a missing version and links that lead out are told', async context => {
    const { layout, out, home } = places(context)
    await succeeds('copy', `${layout}:one`, `dir:${out}`)
    writeFileSync(join(out, 'signature-1'), 'signed')
    rmSync(join(out, 'version'))
    const { diagnostics } = JSON.parse(await succeeds('inspect', `dir:${out}`, '--json'))
    assert.deepEqual(
      diagnostics.map(({ code }: { code: string }) => code),
      ['LAYOUT_VERSION', 'SIGNATURES_LEFT'],
    )
    writeFileSync(join(out, 'version'), 'Directory Transport Version: 1.2\n')
    const [layer] = one.layers
    assert.ok(layer)
    const name = join(out, layer.digest.slice('sha256:'.length))
    writeFileSync(join(home, 'secret'), readFileSync(name))
    rmSync(name)
    symlinkSync('../secret', name)
    const { source } = await openText(context, out)
    await assert.rejects(
      collect(readBlob(source, layer)),
      error => error instanceof ImageError && error.code === 'BLOB_NOT_A_FILE',
    )
  })

  test('what is none is refused by what it is', async context => {
    const home = scratch(context)
    await refuses(/it has no manifest\.json/, 'inspect', `dir:${home}`)
    writeFileSync(join(home, 'manifest.json'), '[{"Config":"a.json"}]')
    await refuses(/neither a manifest nor an index/, 'inspect', `dir:${home}`)
    await refuses(/unpacked docker archive/, 'inspect', home)
    writeFileSync(join(home, 'file'), 'x')
    await refuses(/it is a file, not a directory/, 'inspect', `dir:${join(home, 'file')}`)
  })

  peerTest('skopeo writes one that peel reads, and copies on what peel writes', ['skopeo'], async context => {
    const { layout, out, home } = places(context)
    run('skopeo', ['copy', '-q', '--all', `oci:${layout}:many`, `dir:${out}`])
    assert.match(await succeeds('cat', out, 'c', '--platform', 'linux/arm64'), /^three/)
    assert.equal(JSON.parse(await succeeds('inspect', out, '--json')).index.digest, many.descriptor.digest)
    for (const [name, all] of [
      ['one', []],
      ['many', ['--all']],
    ] as const) {
      await succeeds('copy', ...all, `${layout}:${name}`, `dir:${join(home, name)}`)
      run('skopeo', ['copy', '-q', ...all, `dir:${join(home, name)}`, `oci:${join(home, 'back')}:${name}`])
      await succeeds('verify', `${join(home, 'back')}:${name}`)
      // It takes a directory with this text in `version` for its own.
      run('skopeo', ['copy', '-q', `oci:${layout}:one`, `dir:${join(home, name)}`])
    }
  })
})
