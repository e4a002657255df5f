import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image-fixture.ts'
import { peel } from '../kit/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-diff-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const base = layerFixture({ 'etc/passwd': 'root\n', gone: 'x', same: 's' })
const images = {
  a: imageFixture([base, layerFixture({ only: 'a' })], { config: { config: { Env: ['A=1'], User: 'root' } } }),
  b: imageFixture([base, layerFixture({ '.wh.gone': '', 'etc/passwd': { content: 'root\n', mode: 0o600 }, new: 'n' })], {
    config: { config: { Env: ['A=2'], Labels: { 'x.y': 'z' } } },
  }),
}
const layout = writeLayout(join(directory, 'layout'), images)

async function diff(...args: string[]) {
  const { status, stdout, stderr } = await peel(['diff', ...args, '--json'], { env })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

describe('peel diff', () => {
  test('two images: config, layers, files', async () => {
    const found = await diff(`${layout}:a`, `${layout}:b`)
    assert.deepEqual(found.config, [
      { path: 'config.Env', before: ['A=1'], after: ['A=2'] },
      { path: 'config.Labels', before: null, after: { 'x.y': 'z' } },
      { path: 'config.User', before: 'root', after: null },
    ])
    assert.deepEqual(found.layers, {
      shared: [images.a.layers[0]?.digest],
      onlyA: [images.a.layers[1]?.digest],
      onlyB: [images.b.layers[1]?.digest],
    })
    assert.deepEqual(
      found.files.map(({ path, change }: Record<string, string>) => [path, change]),
      [
        ['etc/passwd', 'modified'],
        ['gone', 'removed'],
        ['new', 'added'],
        ['only', 'removed'],
      ],
    )
    const [passwd, gone, added] = found.files
    assert.deepEqual([passwd.before.mode, passwd.after.mode, passwd.aspects], ['0644', '0600', ['mode']])
    assert.equal(gone.after, null)
    assert.equal(added.before, null)
    assert.equal(added.after.size, 1)
  })

  test('--layer: what one layer changed, written again as it was being no change', async () => {
    const { files, config, layers } = await diff(`${layout}:b`, '--layer', '2')
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ['etc/passwd', 'gone', 'new'],
    )
    assert.deepEqual(config, [])
    assert.deepEqual(layers.onlyB, [images.b.layers[1]?.digest])
  })

  test('--exit-code is 1 where something differs, and only then', async () => {
    const status = async (...args: string[]) => (await peel(['diff', ...args], { env })).status
    assert.equal(await status(`${layout}:a`, `${layout}:b`), 0)
    assert.equal(await status(`${layout}:a`, `${layout}:b`, '--exit-code'), 1)
    assert.equal(await status(`${layout}:a`, `${layout}:a`, '--exit-code'), 0)
    assert.equal(await status(`${layout}:a`), 2)
    assert.equal(await status(`${layout}:a`, `${layout}:b`, '--layer', '1'), 2)
  })

  test('people see marks and what changed', async () => {
    const { stdout } = await peel(['diff', `${layout}:a`, `${layout}:b`], { env })
    assert.match(stdout, /config {2}config\.User: "root" → nothing\n/)
    assert.match(stdout, /~ etc\/passwd {2}\(mode\)\n- gone/)
    assert.match(stdout, /1 added, 1 modified, 2 removed\n$/)
  })
})
