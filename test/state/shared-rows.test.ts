import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDigest } from '../../src/blob/digest.ts'
import { ImageError } from '../../src/error.ts'
import { plainText } from '../../src/line/line.ts'
import type { SharedPage } from '../../src/state/model/shared.ts'
import { percent, sharedRows } from '../../src/state/shared/shared-rows.ts'

const digest = (number: number) => parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`)
const layer = (number: number, size: number, images: readonly number[], diffId = number) => ({
  digest: digest(number),
  diffId: digest(1000 + diffId),
  size,
  images,
})

/** Three images that were asked for, of which the second cannot be had: the others share a layer, and one has two alone. */
function page(more: Partial<SharedPage> = {}, error = new ImageError('NOT_FOUND', 'Cannot open b: no such tag')): SharedPage {
  const image = (reference: string, size: number, unique: number) => ({ reference, digest: digest(9), size, unique })
  return {
    asked: ['a', 'b', 'c'].map(name => ({ reference: name, label: `docker://x/${name}` })),
    tried: 3,
    on: 'start',
    open: new Set(),
    ...more,
    found: {
      shared: {
        images: [image('a', 1000, 0), image('c', 4000, 3000)],
        layers: [layer(1, 1000, [0, 1]), layer(2, 2000, [1]), layer(3, 1000, [1])],
        total: 5000,
        stored: 4000,
      },
      indexes: [0, 2],
      commands: new Map([[digest(2), 'COPY app']]),
      failed: [{ index: 1, error }],
    },
  }
}

const texts = (shown: SharedPage, width = 100, ascii = false) =>
  sharedRows(shown, width, ascii).map(({ line }) => plainText(line).trimEnd())

describe('the page of shared layers', () => {
  test('says what sharing saves, of what, and each image with its own part', () => {
    const rows = texts(page())
    assert.equal(rows[0], '5.00 kB one by one, 4.00 kB where each layer is stored once: sharing saves 1.00 kB (20 %)')
    assert.deepEqual(rows.slice(2, 6), [
      '   #      size     alone  ░ shared █ alone  image',
      '   1   1.00 kB         ·  ░░░░              docker://x/a',
      '   2 docker://x/b: Cannot open b: no such tag',
      '   3   4.00 kB   3.00 kB  ░░░░████████████  docker://x/c',
    ])
  })

  test('has the layers by the images that have them, in columns, and the layers of a group that is open', () => {
    const groups = texts(page()).slice(7)
    assert.deepEqual(groups, [
      '       size  layers  13',
      '▸   1.00 kB       1  ■■  all of them',
      '▸   3.00 kB       2  ·■  only 3',
    ])
    const opened = texts(page({ open: new Set(['1']) }), 100, true).slice(7)
    assert.deepEqual(opened.slice(2), [
      '-   3.00 kB       2  .#  only 3',
      '    2.00 kB  000000000000 COPY app',
      '    1.00 kB  000000000000',
    ])
  })

  test('has no bars and no columns where there is no room', () => {
    const narrow = texts(page(), 40)
    assert.ok(narrow.includes('   #      size     alone  image'))
    assert.ok(narrow.includes('   3   4.00 kB   3.00 kB  docker://x/c'))
    assert.ok(texts(page(), 30).some(row => row.endsWith('layers  images')))
    assert.ok(texts(page(), 63).every(row => !row.includes('█')))
    assert.ok(texts(page(), 64).some(row => row.includes('█')))
  })

  test('says the same layer that was compressed in two ways', () => {
    const { found } = page()
    assert.ok(found !== undefined)
    const layers = [layer(1, 1000, [0], 7), layer(2, 900, [1], 7)]
    const shown = { ...page(), open: new Set(['0', '1']), found: { ...found, shared: { ...found.shared, layers } } }
    const rows = texts(shown, 120)
    assert.ok(
      rows.some(row => /^\S+ k?B more would be shared if the same layers were compressed in one way$/.test(row)),
      rows[1],
    )
    assert.equal(rows.filter(row => row.includes('compressed in two ways')).length, 2)
  })

  test('escapes what a registry says, and keeps its hint on the same row', () => {
    const error = new ImageError('NOT_FOUND', 'Cannot open b: \u001b[2Jno', { hint: 'Log in.\nTwice.' })
    assert.ok(texts(page({}, error)).includes('   2 docker://x/b: Cannot open b: \\e[2Jno. Log in. Twice.'))
  })

  test('shares of nothing are none', () => {
    assert.deepEqual([percent(1, 3), percent(2, 3), percent(0, 0)], [33, 67, 0])
  })
})
