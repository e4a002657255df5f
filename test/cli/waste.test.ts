import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { corpusPath, corpusTest } from '../kit/corpus.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-waste-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const layout = writeLayout(join(directory, 'layout'), {
  t: imageFixture([
    layerFixture({ 'etc/passwd': 'root\n', 'dir/a': 'a'.repeat(100), 'dir/b': 'b'.repeat(50), one: 'same', two: 'same' }),
    layerFixture({ 'etc/passwd': { content: 'root\n', uid: 7 }, '.wh.dir': '' }),
  ]),
})

async function waste(image: string, ...args: string[]) {
  const { status, stdout, stderr } = await peel(['waste', image, '--json', ...args], { env })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

describe('peel waste', () => {
  test('--json is the ledger of the contract and balances', async () => {
    assert.deepEqual(await waste(layout), {
      shipped: 168,
      alive: 13,
      hidden: 155,
      efficiency: 13 / 168,
      byCause: { overwritten: 0, 'metadata-only': 5, removed: 150, opaque: 0, 'type-changed': 0, repeated: 0 },
      files: [
        { path: 'dir/a', bytes: 100, shippedBy: 0, hiddenBy: 1, cause: 'removed' },
        { path: 'dir/b', bytes: 50, shippedBy: 0, hiddenBy: 1, cause: 'removed' },
        { path: 'etc/passwd', bytes: 5, shippedBy: 0, hiddenBy: 1, cause: 'metadata-only' },
      ],
      duplicates: [
        { sha256: '0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5', bytes: 4, paths: ['one', 'two'] },
      ],
      dive: { efficiency: 163 / 168, sizeBytes: 168, userSizeBytes: 5, wastedBytes: 10, userWastedPercent: 2 },
    })
  })

  test('--top keeps the biggest; without --json twenty are shown', async () => {
    assert.deepEqual(
      (await waste(layout, '--top', '1')).files.map(({ path }: { path: string }) => path),
      ['dir/a'],
    )
    const { stdout } = await peel(['waste', layout, '--top', '2'], { env })
    assert.match(stdout, /155 B {2}hidden: shipped and never read \(92\.3 %\)/)
    assert.match(stdout, /and 1 smaller ones/)
    assert.equal((await peel(['waste', layout, '--top', '0'], { env })).status, 2)
  })

  test('the demo image shows every kind of waste it was made for', async () => {
    const { byCause, shipped, alive, hidden, files, duplicates } = await waste('demo:')
    for (const cause of ['overwritten', 'metadata-only', 'removed', 'opaque']) assert.ok(byCause[cause] > 0, cause)
    assert.equal(shipped, alive + hidden)
    assert.equal(hidden, sum(files.map(({ bytes }: { bytes: number }) => bytes)))
    assert.equal(hidden, sum(Object.values(byCause)))
    assert.ok(hidden / shipped > 0.4)
    assert.equal(duplicates.length, 1)
    assert.ok(files.some(({ path, cause }: { path: string; cause: string }) => path === 'app/.env' && cause === 'removed'))
  })

  test('an image without bytes is no division by zero', async () => {
    const empty = writeLayout(join(directory, 'empty'), { t: imageFixture([]) })
    const { efficiency, dive } = await waste(empty)
    assert.equal(efficiency, 1)
    assert.equal(dive.userWastedPercent, null)
  })

  corpusTest("dive's figures, to the last digit", async () => {
    const { dive } = await waste(corpusPath('dive', 'test-docker-image.tar'))
    assert.equal(dive.efficiency, 0.9844212134184309)
    assert.deepEqual([dive.sizeBytes, dive.userSizeBytes, dive.wastedBytes], [1220598, 66237, 32025])
  })
})

describe('peel inspect --layers', () => {
  test('adds what the layers hold and hide', async () => {
    const { stdout } = await peel(['inspect', layout, '--json', '--layers'], { env })
    const { size, layers } = JSON.parse(stdout)
    assert.equal(size.content, 168)
    assert.deepEqual(
      layers.map(({ entries, contentBytes, hiddenShipped, hiddenCaused }: Record<string, number>) => [
        entries,
        contentBytes,
        hiddenShipped,
        hiddenCaused,
      ]),
      [
        [5, 163, 155, 0],
        [2, 5, 0, 155],
      ],
    )
    assert.equal(size.tar, sum(layers.map(({ tarSize }: { tarSize: number }) => tarSize)))
  })
})
