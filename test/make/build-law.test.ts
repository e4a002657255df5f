import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import type { Image } from '../../src/image/load.ts'
import type { AddRules } from '../../src/make/added-layer.ts'
import { type BuiltImage, buildImage } from '../../src/make/build-image.ts'
import type { BuildLayer, BuildTask } from '../../src/make/build-task.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { onlyImage, treeLines } from '../kit/rebuild/rebuild.ts'
import { cases, fc } from '../kit/seeded-check.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'
import { memoryTree, type TreeFile } from '../kit/tree/memory-tree.ts'
import { mergedLines } from '../kit/tree/naive-merge.ts'

const RULES: AddRules = { target: '/', name: 'src', owner: () => [0, 0], mode: undefined, mask: 0o022, keepTimes: false }
const TIME = 1_650_000_000

function baseOf(layers: readonly (readonly EntryFixture[])[]): BlobSource {
  return memorySource(imageFixture(layers.map(entries => layerFixture([], { tar: entryTar(entries) }))))
}

async function build(base: { image: Image; source: BlobSource } | undefined, layers: readonly BuildLayer[]): Promise<BuiltImage> {
  const task: BuildTask = {
    base: base && { ...base, annotations: {} },
    layers,
    settings: [],
    compress: { compression: 'none', level: undefined },
    platform: { os: 'linux', architecture: 'amd64' },
    family: undefined,
    time: TIME,
  }
  return await buildImage(task, memoryWorkshop(), { semantics: 'overlay' })
}

function adding(files: readonly TreeFile[], rules: Partial<AddRules> = {}): BuildLayer & { tree: ReturnType<typeof memoryTree> } {
  const tree = memoryTree(files)
  return {
    kind: 'files',
    history: undefined,
    tree,
    steps: [{ kind: 'add', words: '--add src:/', tree, rules: { ...RULES, ...rules } }],
  }
}

async function sourceOf(built: BuiltImage, base: BlobSource | undefined): Promise<BlobSource> {
  const blobs = new Map<string, Buffer>()
  for (const { blob, from } of built.outputs) {
    if (from === 'source') continue
    const parts: Uint8Array[] = []
    if (from instanceof Uint8Array) parts.push(from)
    else for await (const part of from.bytes()) parts.push(part)
    blobs.set(blob.digest, Buffer.concat(parts))
  }
  const made = memorySource({ descriptor: built.root, blobs, layers: [] })
  return {
    ...made,
    fetchUnverified: (blob, range, signal) =>
      (blobs.has(blob.digest) ? made : (base ?? made)).fetchUnverified(blob, range, signal),
  }
}

const names = fc.constantFrom('a', 'b', 'c', '\xff', '.wh.a')
const attributes = fc.record({
  mode: fc.constantFrom(0o644, 0o666, 0o4755),
  mtime: fc.constantFrom(1_700_000_000, 1_700_000_009),
})
const leaf = fc
  .tuple(
    attributes,
    fc.oneof(
      fc.record({ type: fc.constant('file' as const), content: fc.constantFrom('', 'one', 'two', 'three') }),
      fc.record({
        type: fc.constant('file' as const),
        content: fc.constantFrom('one', 'linked'),
        inode: fc.constantFrom('1', '2'),
      }),
      fc.record({ type: fc.constant('symlink' as const), target: fc.constantFrom('a', '../b', '/c') }),
      fc.record({ type: fc.constant('fifo' as const) }),
    ),
  )
  .map(([one, other]): Omit<TreeFile, 'path'> => ({ ...one, ...other }))

/** A directory with random files in it, parents before children. */
const tree: fc.Arbitrary<readonly TreeFile[]> = fc
  .array(fc.tuple(fc.array(names, { minLength: 1, maxLength: 3 }), leaf), { maxLength: 8 })
  .map(wanted => {
    const files = new Map<string, TreeFile>([['', { path: '', type: 'directory', mode: 0o700 }]])
    const inodes = new Map<string, TreeFile>()
    for (const [parts, file] of wanted) {
      const above = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'))
      if (above.some(path => files.has(path) && files.get(path)?.type !== 'directory') || files.has(parts.join('/'))) continue
      for (const path of above) if (!files.has(path)) files.set(path, { path, type: 'directory', mode: 0o775 })
      // All names of an inode have its attributes.
      const known = file.inode === undefined ? undefined : inodes.get(file.inode)
      const one = { ...(known ?? file), path: parts.join('/') }
      if (file.inode !== undefined) inodes.set(file.inode, one)
      files.set(one.path, one)
    }
    return [...files.values()].sort((x, y) => (x.path.replaceAll('/', '\0') < y.path.replaceAll('/', '\0') ? -1 : 1))
  })

test('what is built shows the base with the files laid over it, and is proven twice', async () => {
  const target = fc.constantFrom('/', '/a', '/a/b', 'c/', '/new/deep')
  await fc.assert(
    fc.asyncProperty(arbitraryImage(), tree, target, fc.boolean(), async (layers, files, where, keepTimes) => {
      const base = baseOf(layers)
      const image = await onlyImage(base)
      const asked = build({ image, source: base }, [adding(files, { target: where, keepTimes })])
      const built = await asked.catch((thrown: unknown) => {
        // A target that leads round in a circle is no place, and one place is not for two files.
        if (thrown instanceof ImageError && ['SYMLINK_LOOP', 'TARGET_REPEATED'].includes(thrown.code)) return undefined
        throw thrown
      })
      if (built === undefined) return
      const actual = await treeLines(await sourceOf(built, base), memoryWorkshop(), 'overlay')
      const expected = await mergedLines(base, memoryWorkshop(), files, { target: where, keepTimes, time: TIME })
      assert.deepEqual(actual, expected)
      const [layer] = built.layers
      if (layer === undefined) assert.equal(built.root.digest, image.descriptor.digest, 'nothing new is the base itself')
    }),
    { numRuns: cases(50, 5000) },
  )
})

test('adding the same once more makes no layer, whatever the times are', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async files => {
      const once = await build(undefined, [
        adding(files),
        adding([
          { path: '', type: 'directory' },
          { path: 'z', content: 'z' },
        ]),
      ])
      const source = await sourceOf(once, undefined)
      const again = adding(files.map(file => ({ ...file, mtime: 1_800_000_000 })))
      const built = await build({ image: await onlyImage(source), source }, [again])
      assert.deepEqual(built.layers, [])
      assert.equal(built.changed, false)
    }),
    { numRuns: cases(30, 3000) },
  )
})

test('a source is read once; twice at most where the base has a file of its size there', async () => {
  const files: TreeFile[] = [
    { path: '', type: 'directory' },
    { path: 'new', content: 'new' },
    { path: 'other', content: 'larger' },
    { path: 'same', content: 'same' },
    { path: 'sized', content: 'fresh' },
  ]
  const base = baseOf([
    [
      { type: 'file', path: 'same', content: 'same' },
      { type: 'file', path: 'sized', content: 'stale' },
      { type: 'file', path: 'other', content: 'small' },
    ],
  ])
  const layer = adding(files)
  await build({ image: await onlyImage(base), source: base }, [layer])
  const reads = (path: string) => layer.tree.opened.filter(each => each === path).length
  assert.deepEqual(['new', 'other', 'same', 'sized'].map(reads), [1, 1, 1, 2])
})

test('steps of one layer act in order: what is deleted after it was added is gone, what is added after a deletion is new', async () => {
  const base = baseOf([
    [
      { type: 'file', path: 'd/old', content: 'old' },
      { type: 'file', path: 'x', content: 'x' },
    ],
  ])
  const one = memoryTree([
    { path: '', type: 'directory' },
    { path: 'gone', content: 'g' },
    { path: 'kept', content: 'k' },
  ])
  const two = memoryTree([
    { path: '', type: 'directory' },
    { path: 'new', content: 'n' },
  ])
  const built = await build({ image: await onlyImage(base), source: base }, [
    {
      kind: 'files',
      history: undefined,
      steps: [
        { kind: 'add', words: '--add one:/', tree: one, rules: RULES },
        { kind: 'delete', words: '--delete /gone', path: '/gone' },
        { kind: 'delete', words: '--delete /d', path: '/d' },
        { kind: 'add', words: '--add two:/d', tree: two, rules: { ...RULES, target: '/d' } },
        { kind: 'delete', words: '--delete /nowhere', path: '/nowhere' },
      ],
    },
  ])
  const lines = await treeLines(await sourceOf(built, base), memoryWorkshop(), 'overlay')
  assert.deepEqual(
    lines.map(line => (JSON.parse(line) as readonly unknown[])[0]),
    ['d', 'd/new', 'kept', 'x'],
  )
  assert.equal(built.layers.length, 1)
  assert.deepEqual(
    built.diagnostics.map(({ code }) => code),
    ['NOTHING_TO_REMOVE'],
  )
})

test('a file does not take the place of a directory; into it it goes', async () => {
  const base = baseOf([
    [
      { type: 'directory', path: 'bin' },
      { type: 'symlink', path: 'sbin', target: 'bin' },
    ],
  ])
  const source = { image: await onlyImage(base), source: base }
  const file = [{ path: '', content: 'tool' }]
  await assert.rejects(build(source, [adding(file, { target: '/bin' })]), { code: 'TARGET_IS_DIRECTORY' })
  const built = await build(source, [adding(file, { target: '/sbin/', name: 'tool' })])
  const lines = await treeLines(await sourceOf(built, base), memoryWorkshop(), 'overlay')
  assert.deepEqual(
    lines.map(line => (JSON.parse(line) as readonly unknown[])[0]),
    ['bin', 'bin/tool', 'sbin'],
  )
})

test('a source that changes while it is read is an error, and nothing is left of the layer', async () => {
  const tree = memoryTree([
    { path: '', type: 'directory' },
    { path: 'a', content: 'abc' },
  ])
  const short = { ...tree, open: () => ({ read: () => 0, end: () => {}, [Symbol.dispose]: () => {} }) }
  const layer: BuildLayer = {
    kind: 'files',
    history: undefined,
    steps: [{ kind: 'add', words: '--add src:/', tree: short, rules: RULES }],
  }
  await assert.rejects(build(undefined, [layer]), { code: 'SOURCE_CHANGED' })
})
