import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diveFigures } from '../../src/space/dive.ts'
import { decodeReading, encodeReading } from '../../src/worker/reading/reading-codec.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const layer = (entries: readonly TarFixture[]) => {
  // As it comes from the cache: what headers claim must be there too.
  const reading = decodeReading(encodeReading(readLayerBytes(tarFixture(entries))), 'trusted')
  assert.ok(reading)
  return reading.changeset
}

test('dive counts what the headers of links and directories claim', () => {
  const lower = layer([
    { name: './', size: 7 },
    { name: 'a', content: '12345' },
    { name: 'hard', flag: '1', link: 'a', size: 5 },
    { name: 'd/', size: 4096 },
    { name: 'd/f', content: '1' },
    { name: 'empty/', size: 100 },
  ])
  const upper = layer([
    { name: 'hard', flag: '1', link: 'hard' },
    { name: '.wh.d', size: 0 },
    { name: 'empty/', size: 50 },
  ])
  const { efficiency, sizeBytes, userSizeBytes, wastedBytes, inefficientFiles } = diveFigures([lower, upper])
  // Cleaned to ".", the root never enters; `d` is no leaf, but removing it costs its own claim too.
  assert.deepEqual({ sizeBytes, userSizeBytes }, { sizeBytes: 5 + 5 + 4096 + 1 + 100 + 50, userSizeBytes: 50 })
  assert.deepEqual(inefficientFiles, [
    { path: 'empty', count: 2, sizeBytes: 150 },
    { path: 'hard', count: 2, sizeBytes: 5 },
  ])
  assert.equal(wastedBytes, 155)
  assert.equal(efficiency, (5 + 0 + 1 + 4097 + 50) / (5 + 5 + 1 + 4097 + 150))
})

test('dive adds what whiteouts claim to a layer, and the content of files once', () => {
  const { sizeBytes } = diveFigures([
    layer([
      { name: '.wh.gone', content: 'ab' },
      { name: 'a', content: '123' },
    ]),
  ])
  assert.equal(sizeBytes, 5)
})
