import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mergedEdits } from '../../src/check/fixes.ts'
import type { InstalledPackage } from '../../src/check/ownership.ts'
import { superfluousPackages } from '../../src/check/superfluous-packages.ts'
import { comparedLayers } from '../../src/compare/compared-image.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import { checkedImage, memoryImage } from '../kit/image/checked-image.ts'
import { type ImageFixture, imageFixture, type LayerFiles, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { onlyImage, rebuilt, rebuiltSource } from '../kit/rebuild/rebuild.ts'
import { cases, fc } from '../kit/seeded-check.ts'

/** Carries edits out, and says by how much the layers of the manifest that is written are smaller. */
async function achieved(fixture: ImageFixture, edits: readonly Edit[]): Promise<number> {
  const source = memorySource(fixture)
  const made = await onlyImage(await rebuiltSource(await rebuilt(source, edits, memoryWorkshop()), source))
  const sum = (sizes: readonly { readonly size: number }[]) => sizes.reduce((total, { size }) => total + size, 0)
  return sum(fixture.layers) - sum(made.manifest.value.layers)
}

async function advised(fixture: ImageFixture) {
  const measure = async (edits: readonly Edit[]) => ({
    compressed: (await rebuilt(memorySource(fixture), edits, memoryWorkshop())).saved.compressed,
  })
  const { advice = [], together = { content: 0, compressed: 0 }, findings } = await checkedImage(fixture, { measure })
  return { advice, together, findings }
}

/** The edits that a printed command line asks for. */
function editsOf(command: string): readonly Edit[] {
  const edits: Edit[] = []
  for (const [, option = '', value = ''] of command.matchAll(/--(layers|remove|compress) (\S+)/g)) {
    const [from = 0, to = 0] = value.split('..').map(Number)
    if (option === 'layers') edits.push({ type: 'squash', from: from - 1, to: to - 1 })
    else if (option === 'remove') edits.push({ type: 'remove', path: value.replace(/^\//, '') })
    else edits.push({ type: 'compress', compression: 'zstd', every: true })
  }
  return edits
}

/** Bytes that compress to about half. */
function bytes(count: number, seed: number): string {
  let state = seed * 2_654_435_761 + 1
  let text = ''
  while (text.length < count) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    text += state.toString(36)
  }
  return text.slice(0, count)
}

const layersOf = (unit: number): fc.Arbitrary<readonly LayerFiles[]> =>
  fc.array(
    fc
      .array(
        fc.tuple(
          fc.constantFrom('app/a', 'app/b', 'lib/c', 'root/.cache/pip/x', 'var/lib/apt/lists/y', 'opt/d'),
          fc.integer({ min: 1, max: 6 }),
          fc.boolean(),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map(files =>
        Object.fromEntries(
          files.map(([path, size, isGone]) =>
            isGone
              ? [path.replace(/([^/]+)$/, '.wh.$1'), '']
              : [path, { content: bytes(size * unit, size * 31 + path.length), uid: size % 2 }],
          ),
        ),
      ),
    { minLength: 2, maxLength: 4 },
  )

/** Small ones mostly: what is measured is that predictions hold, not how compressors fare. */
const arbitraryLayers = fc.oneof({ weight: 120, arbitrary: layersOf(4000) }, { weight: 1, arbitrary: layersOf(250_000) })

describe('advice', () => {
  test('what is predicted is what the printed command achieves, and together is one run, not the sum', async () => {
    let compared = 0
    let images = 0
    await fc.assert(
      fc.asyncProperty(arbitraryLayers, async layers => {
        images++
        const fixture = imageFixture(layers.map(files => layerFixture(files)))
        const { advice, together, findings } = await advised(fixture)
        for (const each of advice) {
          if (each.saves.compressed === null || each.command === null) continue
          const real = await achieved(fixture, editsOf(each.command))
          assert.ok(
            Math.abs(real - each.saves.compressed) <= Math.max(1, Math.abs(real) * 0.005),
            `${each.command}: ${real}, promised ${each.saves.compressed}`,
          )
          compared++
        }
        const chosen = advice.filter(({ id, command }) => command !== null && id !== 'A3' && id !== 'A10')
        const edits = mergedEdits(chosen.flatMap(({ command }) => editsOf(command ?? '')))
        if (edits.length > 0) assert.equal(await achieved(fixture, edits), together.compressed)
        assertSums(findings, layers)
      }),
      { numRuns: cases(60, 3000) },
    )
    assert.ok(images >= 60 && compared > 30, `${images} images, ${compared} advice`)
  })

  test('merging that saves nothing is said to save nothing', async () => {
    const { advice } = await advised(
      imageFixture([layerFixture({ a: bytes(400_000, 1) }), layerFixture({ b: bytes(400_000, 2) })]),
    )
    const merge = advice.find(({ id }) => id === 'A3')
    assert.match(merge?.title ?? '', /saves .*: leave them$/)
    assert.equal(merge?.command, null)
  })

  test('two builds: layers pulled again for their times, a layer to split, bytes that the other build had', async () => {
    const build = (mtime: number, version: string) =>
      imageFixture(
        [
          layerFixture({ 'opt/runtime': { content: bytes(1_200_000, 3), mtime } }),
          layerFixture({ 'app/modules/x': { content: bytes(1_500_000, 4), mtime }, 'app/main': `${version}` }),
        ],
        { config: { history: [{ created_by: 'RUN install' }, { created_by: 'COPY . /app' }] } },
      )
    const [before, after] = [build(1_700_000_000, 'one'), build(1_700_009_999, 'two')]
    const opened = await memoryImage(before)
    const { readings } = await opened.layers.scannedTree()
    const otherLayers = comparedLayers(
      opened.image,
      readings.map(each => each?.changeset),
    )
    const { advice = [] } = await checkedImage(after, { measure: async () => ({ compressed: 0 }), otherLayers })
    const of = (id: string) => advice.find(each => each.id === id)
    assert.deepEqual(
      [of('A4')?.layers, of('A4')?.saves, of('A4')?.proof],
      [[0], { content: null, compressed: after.layers[0]?.size }, 'compare'],
    )
    assert.deepEqual([of('A5')?.layers, of('A5')?.saves.content], [[1], 1_500_000])
    assert.equal(of('A11')?.saves.content, 2_700_000)
    const same = await checkedImage(before, { measure: async () => ({ compressed: 0 }), otherLayers })
    assert.deepEqual(
      same.advice?.filter(({ proof }) => proof === 'compare'),
      [],
    )
  })

  test('ranges that overlap are one, paths are removed once', () => {
    assert.deepEqual(
      mergedEdits([
        { type: 'squash', from: 3, to: 5 },
        { type: 'remove', path: 'a' },
        { type: 'squash', from: 1, to: 3 },
        { type: 'remove', path: 'a' },
        { type: 'squash', from: 7, to: 8 },
      ]),
      [
        { type: 'squash', from: 1, to: 5 },
        { type: 'squash', from: 7, to: 8 },
        { type: 'remove', path: 'a' },
      ],
    )
  })

  test('recommended packages, with what only they need, and orphans apart', () => {
    const deb = (name: string, more: Partial<InstalledPackage> = {}): InstalledPackage => ({
      type: 'deb',
      name,
      version: '1',
      layer: 0,
      bytes: 10,
      files: [],
      automatic: true,
      ...more,
    })
    const found = superfluousPackages([
      deb('app', { automatic: false, depends: ['libone (>= 1)', 'mail-agent | exim'], recommends: ['docs'] }),
      deb('libone'),
      deb('exim', { provides: ['mail-agent'] }),
      deb('docs', { depends: ['viewer'] }),
      deb('viewer'),
      deb('base', { essential: true, depends: ['libbase:any'] }),
      deb('libbase'),
      deb('left'),
    ])
    assert.deepEqual(
      found?.recommended.map(({ name }) => name),
      ['docs', 'viewer'],
    )
    assert.deepEqual(
      found?.orphans.map(({ name }) => name),
      ['left'],
    )
    assert.equal(superfluousPackages([deb('x', { automatic: false })]), undefined)
  })
})

/** Each wasted byte is told of once: all of `waste/*` together is never more than what the layers ship. */
function assertSums(findings: readonly { readonly id: string; readonly bytes: number }[], layers: readonly LayerFiles[]): void {
  const waste = findings.filter(({ id }) => id.startsWith('waste/')).reduce((sum, { bytes: each }) => sum + each, 0)
  const contents = layers.flatMap(files =>
    Object.values(files).map(file => (typeof file === 'string' ? file : (file.content ?? '')).length),
  )
  assert.ok(waste <= contents.reduce((sum, each) => sum + each, 0))
}
