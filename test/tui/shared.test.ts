import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Comparable } from '../../src/state/model/compare.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import type { Shown } from '../kit/terminal/fake-terminal.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const frames = fileURLToPath(new URL('../golden/frames/', import.meta.url))
const step = (created_by: string) => ({ created: '2024-01-02T03:04:05Z', created_by })
/** Bytes that no compression makes smaller, the same in every run. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 16
  }
  return bytes
}
const base = layerFixture({ 'usr/lib/base': { content: noise(60_000, 1) } }, { history: step('ADD rootfs.tar /') })
const tools = layerFixture({ 'usr/bin/tool': { content: noise(20_000, 2) } }, { history: step('RUN install tool') })
const app = (name: string, size: number) =>
  layerFixture({ [`app/${name}`]: { content: noise(size, size) } }, { history: step(`COPY ${name} /app`) })
const again = { ...base, compression: 'none' as const }
besideLayout({
  one: imageFixture([base, tools, app('one', 9000)]),
  two: imageFixture([base, tools, app('two', 12_000)]),
  three: imageFixture([base, app('three', 3000)]),
  old: imageFixture([again, app('old', 3000)]),
})
const names = ['one', 'two', 'three', 'old', 'missing'] as const
const marked = names.map(name => ({ reference: `./weather:${name}`, label: `./weather:${name}` }))

/** The start screen with images marked, and the page they are shown on. */
async function page(columns: number, rows: number, images: readonly Comparable[] = marked): Promise<Shown> {
  const shown = await showImage(
    '',
    {
      columns,
      rows,
      effects: [],
      change: state => ({
        ...state,
        screen: { kind: 'start', opening: undefined, behind: undefined },
        slices: { ...state.slices, shared: { ...state.slices.shared, marked: images } },
      }),
    },
    [],
  )
  shown.terminal.type('&')
  await shown.terminal.shows('one by one')
  return shown
}

describe('the page of shared layers', () => {
  for (const [columns, rows] of [
    [40, 12],
    [80, 24],
    [120, 40],
    [200, 60],
  ] as const)
    test(`golden frame at ${columns}x${rows}`, async () => {
      const shown = await page(columns, rows)
      try {
        await shown.terminal.quiet(80)
        const file = `${frames}shared-${columns}x${rows}.txt`
        const screen = `${shown.terminal.model.text()}\n`
        if (process.env['PEEL_UPDATE'] === '1') writeFileSync(file, screen)
        assert.ok(existsSync(file), 'there is no golden frame: run with PEEL_UPDATE=1')
        assert.equal(screen, readFileSync(file, 'utf8'))
      } finally {
        await shown.close()
      }
    })

  test('a place that is marked without a tag is all of its images, each opened by itself', async () => {
    const shown = await page(100, 24, [{ reference: './weather', label: './weather' }])
    const { terminal } = shown
    try {
      await terminal.shows(/sharing saves 1\d\d kB/, '4 images', './weather:one', './weather:old')
      for (const key of 'jjjj\r') terminal.type(key)
      await terminal.shows(/% hidden/, /▾ \//)
    } finally {
      await shown.close()
    }
  })

  test('lists the layers of a group, opens an image, and Esc leads back from it', async () => {
    const shown = await page(80, 24)
    const { terminal } = shown
    try {
      for (const key of 'jjjjjjjjjjjj\r') terminal.type(key)
      await terminal.shows('ADD rootfs.tar /', 'compressed in two ways')
      for (const key of 'gjjjjj\r') terminal.type(key)
      await terminal.shows(/weather:one/, 'FILES')
      terminal.type('\u001b')
      await terminal.shows('5 images', 'ADD rootfs.tar /')
      terminal.type('\u001b')
      await terminal.shows('OPEN AN IMAGE')
    } finally {
      await shown.close()
    }
  })
})
