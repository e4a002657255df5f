import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, type LayerFiles, layerFixture } from '../kit/image/image-fixture.ts'
import { sectionedElf } from '../kit/samples/elf-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { filler } from './corpus/finding-case.ts'

const program = sectionedElf({ symbols: 6_000_000 }).toString('latin1')

/** Contents that rules of `waste/*` count, most of them by more than one: a copy in a cache, a program with symbols that is there twice. */
const CONTENTS = [filler(2_000_000), filler(6_000_000, 'doc'), program]
const PATHS = [
  'var/lib/apt/lists/deb_Packages',
  'root/.cache/pip/http/a',
  'usr/share/doc/p/manual.html',
  'var/log/build.log',
  'tmp/source.tar.gz',
  'app/server',
  'app/copy',
]

type Change = { readonly path: string; readonly content: number; readonly isRemoved: boolean; readonly uid: number }

const change: fc.Arbitrary<Change> = fc.record({
  path: fc.constantFrom(...PATHS),
  content: fc.integer({ min: 0, max: CONTENTS.length - 1 }),
  isRemoved: fc.boolean(),
  uid: fc.integer({ min: 0, max: 1 }),
})

const layers = fc.array(fc.uniqueArray(change, { selector: ({ path }) => path, minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
})

function filesOf(changes: readonly Change[]): LayerFiles {
  return Object.fromEntries(
    changes.map(({ path, content, isRemoved, uid }) =>
      isRemoved
        ? [path.replace(/([^/]+)$/, '.wh.$1'), '']
        : [path, { content: Buffer.from(CONTENTS[content] ?? '', 'latin1'), mode: 0o755, uid }],
    ),
  )
}

/** Bytes that the layers ship and that the image shows, by nothing but the names. */
function bytesOf(all: readonly (readonly Change[])[]): { readonly shipped: number; readonly alive: number } {
  const shown = new Map<string, number>()
  let shipped = 0
  for (const { path, content, isRemoved } of all.flat()) {
    const size = CONTENTS[content]?.length ?? 0
    if (isRemoved) shown.delete(path)
    else {
      shown.set(path, size)
      shipped += size
    }
  }
  return { shipped, alive: [...shown.values()].reduce((sum, size) => sum + size, 0) }
}

test('each byte of waste is counted by one finding: the sums never exceed what is hidden and what is alive', async () => {
  await fc.assert(
    fc.asyncProperty(layers, async all => {
      const { findings } = await checkedImage(imageFixture(all.map(each => layerFixture(filesOf(each)))))
      const waste = findings.filter(({ id }) => id.startsWith('waste/'))
      const { shipped, alive } = bytesOf(all)
      const hiddenBytes = waste.reduce((sum, each) => sum + each.hiddenBytes, 0)
      const bytes = waste.reduce((sum, each) => sum + each.bytes, 0)
      const told = waste.map(each => `${each.id} ${each.path} ${each.bytes} ${each.hiddenBytes}`).join('\n')
      assert.ok(bytes <= shipped, `${bytes} of ${shipped} shipped\n${told}`)
      assert.ok(bytes - hiddenBytes <= alive, `${bytes - hiddenBytes} of ${alive} alive\n${told}`)
    }),
    { numRuns: 15 },
  )
})
