import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChangesetBuilder } from '../../src/layer/changeset-builder.ts'
import { type FilePath, typedPath } from '../../src/layer/file-path.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { resolvePath } from '../../src/overlay/resolve.ts'
import { TopDown } from '../../src/overlay/top-down.ts'
import type { TreeNode } from '../../src/overlay/tree.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { cases, fc } from '../kit/seeded-check.ts'

type Layers = readonly (readonly EntryFixture[])[]

/** How many layers from the top it takes to know what the path is. */
function decide(layers: Layers, path: FilePath, keepLast = false) {
  const topDown = new TopDown()
  let count = 0
  for (const layer of layers.toReversed()) {
    topDown.add(changesetFixture(layer))
    count++
    const sight = topDown.resolve(path, { keepLast })
    if (sight.kind !== 'undecided') return { sight, count }
  }
  return { sight: undefined, count }
}

const facts = (node: TreeNode | undefined) =>
  node && [node.path, node.type, node.mode, node.uid, node.mtime, node.size, node.sha256, node.target, node.content, node.links]

describe('top down', () => {
  test('stops as soon as the path is decided', () => {
    const layers: Layers = [
      [
        { type: 'file', path: 'etc/passwd', content: 'one' },
        { type: 'file', path: 'gone/file', content: 'x' },
        { type: 'file', path: 'emptied/file', content: 'x' },
        { type: 'file', path: 'target', content: 'x' },
      ],
      [
        { type: 'file', path: 'etc/passwd', content: 'two' },
        { type: 'whiteout', path: 'gone' },
        { type: 'opaque', path: 'emptied' },
        { type: 'symlink', path: 'link', target: 'etc/passwd' },
        { type: 'symlink', path: 'down', target: 'target' },
      ],
      [{ type: 'file', path: 'top', content: 'three' }],
    ]
    const counted = (path: string) => {
      const { sight, count } = decide(layers, typedPath(path))
      return [sight?.kind, count]
    }
    assert.deepEqual(counted('top'), ['there', 1])
    assert.deepEqual(counted('top/below'), ['nothing', 1])
    assert.deepEqual(counted('etc/passwd'), ['there', 2])
    assert.deepEqual(counted('gone/file'), ['nothing', 2])
    assert.deepEqual(counted('emptied/file'), ['nothing', 2])
    assert.deepEqual(counted('link'), ['there', 2])
    assert.deepEqual(counted('down'), ['there', 3])
    assert.deepEqual(counted('missing'), [undefined, 3])
    assert.deepEqual([decide(layers, typedPath('down'), true).count, decide(layers, typedPath('etc')).count], [2, 2])
  })

  test('a hard link that may reach below decides nothing', () => {
    const layers: Layers = [
      [{ type: 'file', path: 'a', content: 'one' }],
      [
        { type: 'hardlink', path: 'b', target: 'a' },
        { type: 'file', path: 'c', content: 'two' },
      ],
    ]
    assert.equal(decide(layers, typedPath('c')).count, 2)
  })

  test('what is decided is what all layers say, and the layers seen show the same', () => {
    const empty = new ChangesetBuilder().finish()
    const path = fc.array(fc.constantFrom('a', 'b', 'c', '..', '-'), { minLength: 1, maxLength: 4 }).map(names => names.join('/'))
    let early = 0
    fc.assert(
      fc.property(arbitraryImage(), fc.array(path, { minLength: 1, maxLength: 6 }), fc.boolean(), (layers, paths, keepLast) => {
        const changesets = layers.map(layer => changesetFixture(layer))
        const whole = buildStack(changesets, 'overlay').snapshot(layers.length)
        for (const text of paths) {
          const { sight, count } = decide(layers, text as FilePath, keepLast)
          if (sight === undefined) continue
          if (count < layers.length) early++
          const options = { keepLast }
          const found = attempt(() => resolvePath(whole, text as FilePath, options))
          assert.equal(sight.kind === 'there' ? sight.type : undefined, found?.type)
          const seen = changesets.map((changeset, position) => (position < layers.length - count ? empty : changeset))
          const partial = attempt(() =>
            resolvePath(buildStack(seen, 'overlay').snapshot(layers.length), text as FilePath, options),
          )
          if (found?.type !== 'directory') assert.deepEqual(facts(partial), facts(found))
        }
      }),
      { numRuns: cases(300, 50_000), seed: 11 },
    )
    assert.ok(early > 90, `${early} answers came early`)
  })
})

/** A loop of symbolic links is nothing here. */
function attempt<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
