import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-owners-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))
const layout = writeLayout(join(directory, 'layout'), {
  t: imageFixture([
    layerFixture([{ name: 'huge', content: '1', pax: { uid: String(2 ** 32) } }]),
    layerFixture([{ name: 'usr/name', flag: '1', link: 'huge' }]),
  ]),
})

test('an owner that Linux does not have is one clear error', async () => {
  const place = join(directory, 'out')
  const { status, stderr } = await peel(['extract', layout, 'huge', place, '--preserve'], { env })
  assert.equal(status, 3)
  assert.match(stderr, /^peel: Cannot extract "huge": Linux has no owner 4294967296:0\nLeave out --preserve/m)
  assert.equal(existsSync(place), false)
})

test('a warning says which layer and which path it is about', async () => {
  const { status, stderr } = await peel(['ls', layout], { env })
  assert.equal(status, 0)
  assert.match(stderr, /^peel: warning: layer 2, \/usr\/name: a hard link to a file of a lower layer/)
})
