import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { escapeText } from '../../src/escape.ts'
import { indexArchive } from '../../src/transport/archive-index.ts'
import { notAnImageArchive } from '../../src/transport/not-an-image.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { archiveMembers } from '../kit/registry/place-contents.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const image = imageFixture([
  layerFixture([
    { name: 'tmp/', flag: '5', mode: 0o1777 },
    { name: 'tmp/a', content: 'x'.repeat(5000), mode: 0o666 },
    { name: 'bin/', flag: '5', mode: 0o755 },
    { name: 'bin/su', content: 'ELF\0', mode: 0o4755 },
  ]),
  layerFixture({ 'tmp/.wh.a': '', 'tmp/b': 'y'.repeat(300) }),
  layerFixture({ 'tmp/.wh.b': '' }),
])

describe('reported cases', () => {
  test('an archive that was cut short says so, where, and in what; compressed or through a pipe too', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'image'), { x: image })
    const whole = join(directory, 'whole.tar')
    assert.equal((await peel(['copy', `${layout}:x`, `docker-archive:${whole}:app:1`])).status, 0)
    const bytes = readFileSync(whole)
    const names = [...archiveMembers(bytes).keys()]
    const cut = bytes.subarray(0, 3000)
    for (const [name, content] of [
      ['cut.tar', cut],
      ['cut.tar.gz', gzipSync(cut)],
    ] as const) {
      writeFileSync(join(directory, name), content)
      const { status, stderr } = await peel(['inspect', join(directory, name)])
      assert.equal(status, 3)
      assert.match(
        stderr,
        /ends too early, at byte 3000 in the middle of "[0-9a-f]+\.tar": it was cut short\nFetch or save it again/,
      )
      assert.ok(stderr.includes(names[0] ?? '-'))
    }
    assert.match((await peel(['inspect', '-'], { input: cut })).stderr, /cut short/)
  })

  test('an archive that was cut between its members or in a header says so too, a layer without an end does not', async context => {
    const file = join(scratch(context), 'cut.tar')
    const id = '1'.repeat(64)
    const member = { name: `${id}/layer.tar`, content: 'x'.repeat(600) }
    const whole = tarFixture([{ name: `${id}/VERSION`, content: '1.0' }, member, { name: 'manifest.json', content: '[]' }])
    const refusal = async (bytes: Buffer) => {
      writeFileSync(file, bytes)
      return indexArchive(file).then(archive => notAnImageArchive(archive, file))
    }
    for (const size of [2560, 2600, 3071]) {
      const { code, message, hint } = await refusal(whole.subarray(0, size))
      assert.equal(code, size === 2560 ? 'ARCHIVE_NO_END' : 'ARCHIVE_TRUNCATED')
      assert.match(message, new RegExp(`at byte ${size} after "${id}/layer.tar": it was cut short$`))
      assert.equal(hint, 'Fetch or save it again.')
    }
    assert.equal((await refusal(whole.subarray(0, 2000))).code, 'ARCHIVE_TRUNCATED')
    assert.equal(
      (await refusal(tarFixture([{ name: 'etc/' }, { name: 'usr/' }, { name: 'bin/' }], { end: false }))).code,
      'NOT_AN_IMAGE',
    )
    assert.equal((await refusal(tarFixture([member]))).code, 'DOCKER_ARCHIVE_TOO_OLD')
  })

  test('extract drops set-id bits alone, keeps a directory sticky, and minds the umask', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'image'), {
      x: imageFixture([
        layerFixture([
          { name: 'tmp/', flag: '5', mode: 0o1777 },
          { name: 'su', content: 's', mode: 0o4755 },
          { name: 'open', content: 'o', mode: 0o666 },
        ]),
      ]),
    })
    const out = join(directory, 'out')
    assert.equal((await peel(['extract', layout, '/', out])).status, 0)
    const mode = (name: string) => statSync(join(out, name)).mode & 0o7777
    const mask = process.umask()
    assert.deepEqual([mode('tmp'), mode('su'), mode('open')], [0o1777 & ~mask, 0o755 & ~mask, 0o666 & ~mask])
  })

  test('tables are whole where they are piped, platforms elsewhere are named once, and copy says with -q what squash says', async context => {
    const directory = scratch(context)
    const command = `RUN ${'long && '.repeat(60)}end`
    const built = (content: string, architecture: string) =>
      imageFixture([layerFixture({ a: content }, { history: { created_by: command } })], {
        platform: { os: 'linux', architecture },
      })
    const images = { one: built('1', 'amd64'), two: built('2', 'arm64'), three: built('3', 'arm64') }
    const layout = writeLayout(join(directory, 'piped'), images)
    const inspected = (await peel(['inspect', `oci:${layout}:one`])).stdout
    assert.match(inspected, /also here +linux\/arm64\n/)
    for (const shown of [inspected, (await peel(['history', `oci:${layout}:one`])).stdout])
      assert.ok(shown.includes(command), shown)
    assert.ok((await peel(['inspect', `oci:${layout}:one`, '--layers'])).stdout.includes(command))
    for (const name of ['copy', 'squash']) {
      const args = [name, `oci:${layout}:one`, `oci:${join(directory, name)}:x`]
      const { status, stdout, stderr } = await peel([...args, '-q'])
      assert.deepEqual([status, stderr.includes('warning'), stdout !== ''], [0, false, true], name)
    }
  })

  test('waste --top says what it leaves out, so that the sum holds', async context => {
    const layout = writeLayout(join(scratch(context), 'image'), { x: image })
    const { hidden, files, rest } = JSON.parse((await peel(['waste', layout, '--json', '--top', '1'])).stdout)
    assert.equal(files.length, 1)
    assert.deepEqual(rest, { files: 1, bytes: 300 })
    assert.equal(files[0].bytes + rest.bytes, hidden)
  })

  test('private and unassigned characters are escaped, in and beyond the basic plane', () => {
    for (const character of ['\ue000', '\u{f0000}', '\u{10fffd}', '\u0378', '\u{2fffe}', '\u{e0080}'])
      assert.match(escapeText(character), /^\\u\{[0-9a-f]+\}$/)
    assert.equal(escapeText('ü漢😀'), 'ü漢😀')
  })
})
