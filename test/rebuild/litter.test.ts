import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { litterOf } from '../../src/list/litter.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { litterPaths } from '../../src/rebuild/litter-paths.ts'
import { PRESETS, type PresetName } from '../../src/rebuild/preset.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { rebuilt, rebuiltSource, treeLines } from '../kit/rebuild/rebuild.ts'

/** Layers as jib, ko and bazel write them: no entry for any directory. Name and size. */
const LAYERS: readonly Readonly<Record<string, number>>[] = [
  {
    'var/lib/apt/lists/partial/packages': 4000,
    'var/cache/apt/archives/a.deb': 3000,
    'usr/share/man/man1/tool.1': 500,
    'usr/lib/python3/__pycache__/a.so': 70,
    'usr/share/doc/tool/copyright': 90,
    'tmp/build/deep/object': 11,
    'usr/bin/tool': 5,
  },
  { 'var/lib/apt/lists/.wh.partial': 0, 'home/me/.cache/pip/wheel': 2000 },
]

describe('litter of a rebuild', () => {
  const workshop = memoryWorkshop()
  const fixture = imageFixture(
    LAYERS.map(layer => layerFixture(Object.fromEntries(Object.entries(layer).map(([name, size]) => [name, 'x'.repeat(size)])))),
  )
  const stack = buildStack(
    LAYERS.map(layer =>
      changesetFixture(
        Object.entries(layer).map(([name, size]) =>
          name.includes('.wh.') ? { path: name.replace('.wh.', ''), type: 'whiteout' } : { path: name, type: 'file', size },
        ),
      ),
    ),
    'overlay',
  )
  const litter = finish(litterOf(stack))
  const of = (preset: PresetName) => litter.find(each => each.preset === preset)

  test('lies in directories that no entry makes, hidden ones too', () => {
    assert.deepEqual(of('package-caches'), {
      preset: 'package-caches',
      paths: 3,
      bytes: 9000,
      largest: [
        { path: 'var/lib/apt/lists/partial', bytes: 4000 },
        { path: 'var/cache/apt/archives', bytes: 3000 },
        { path: 'home/me/.cache/pip', bytes: 2000 },
      ],
    })
    assert.deepEqual([of('docs')?.paths, of('docs')?.bytes], [1, 500])
    assert.deepEqual([of('python-bytecode')?.paths, of('python-bytecode')?.bytes], [1, 70])
    assert.deepEqual(of('temporary-files')?.largest, [{ path: 'tmp/build', bytes: 11 }])
  })

  test('lies where a link of a lower layer leads, though no entry has that path', () => {
    const moved = buildStack(
      [
        changesetFixture([
          { path: 'var/cache/apt/archives', type: 'directory' },
          { path: 'packages', type: 'symlink', target: 'var/cache/apt/archives' },
        ]),
        changesetFixture([{ path: 'packages/a.deb', type: 'file', size: 3000 }]),
      ],
      'spec',
    )
    const isDeb = (path: string) => path.endsWith('.deb')
    assert.deepEqual([...finish(litterPaths(moved, isDeb))].sort(), ['packages/a.deb', 'var/cache/apt/archives/a.deb'])
  })

  test('is told before as a rebuild removes it', async context => {
    for (const preset of Object.keys(PRESETS) as PresetName[]) {
      const source = memorySource(fixture)
      const done = await rebuilt(source, [{ type: 'remove', preset }], workshop)
      context.after(() => done[Symbol.asyncDispose]())
      const told = of(preset)
      assert.deepEqual(
        done.removed.map(({ paths, bytes }) => ({ paths, bytes })),
        [{ paths: told?.paths, bytes: told?.bytes }],
        preset,
      )
      const target = await rebuiltSource(done, source)
      const left = [...(await treeLines(target, workshop, 'overlay', 1)), ...(await treeLines(target, workshop, 'overlay'))]
      for (const { path } of told?.largest ?? []) {
        assert.ok(!left.some(line => String(JSON.parse(line)[0]).startsWith(path)), `${path} is still there`)
      }
    }
  })
})
