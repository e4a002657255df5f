import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compareTrees } from '../../src/compare/compare-trees.ts'
import { fileDifferences, selectRows } from '../../src/compare/selection.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import type { Snapshot } from '../../src/overlay/tree.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { run } from '../kit/peer.ts'
import { fc } from '../kit/seeded-check.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'
import { arbitraryPair, type Pair } from './laws.ts'

type Layers = Pair['a']

/** Pairs without anything that no tool makes sense of, and whose names GNU diff writes as they are. */
export function orderlyPairs(count: number, seed?: number): readonly Pair[] {
  const pairs = fc.sample(
    arbitraryPair().map(({ a, b, shared }) => ({ a: ordinary(a), b: ordinary(b), shared })),
    { numRuns: count * 25, ...(seed !== undefined && { seed }) },
  )
  return pairs.filter(({ a, b }) => [a, b].every(isOrderly)).slice(0, count)
}

/** umoci shows aufs bookkeeping as files and drops attributes of overlayfs; GNU diff does not compare what is no file, link or directory. */
function ordinary(layers: Layers): Layers {
  return layers.map(entries =>
    entries
      .map(({ size: _, ...entry }) => entry)
      .filter(
        ({ path, type, bookkeeping, target = '', xattrs = [] }) =>
          bookkeeping !== true &&
          !type.endsWith('device') &&
          type !== 'fifo' &&
          !target.startsWith('.wh.') &&
          xattrs.length === 0 &&
          /^[\w./-]*$/.test(path) &&
          /^[\w./-]*$/.test(target),
      ),
  )
}

function isOrderly(layers: Layers): boolean {
  return layers.some(entries => entries.length > 0) && stackOf(layers).diagnostics.length === 0
}

function stackOf(layers: readonly (readonly EntryFixture[])[]) {
  return buildStack(
    layers.map(entries => readLayerBytes(entryTar(entries)).changeset),
    'spec',
  )
}

/** Compares the engine's rows with GNU `diff -r` and `stat` over what umoci unpacks; false where umoci refuses one of the images. */
export function agrees(directory: string, { a, b }: Pair): boolean {
  mkdirSync(directory)
  try {
    const [one, other] = [unpack(directory, 'a', a), unpack(directory, 'b', b)]
    if (one === undefined || other === undefined) return false
    const snapshots = { a: stackOf(a).snapshot(a.length), b: stackOf(b).snapshot(b.length) }
    assert.deepEqual(
      ourFindings(snapshots),
      [...diffFindings(one, other), ...statFindings(one, other, snapshots)].sort(),
      JSON.stringify({ a, b }),
    )
    return true
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function unpack(directory: string, name: string, layers: Layers): string | undefined {
  const tars = layers.map(entries => ({ tar: entryTar(entries), compression: 'gzip' as const }))
  const layout = writeLayout(join(directory, `${name}-layout`), { t: imageFixture(tars) })
  const unpacked = join(directory, name)
  return spawnSync('umoci', ['raw', 'unpack', '--image', `${layout}:t`, unpacked]).status === 0 ? unpacked : undefined
}

/** One line a finding, as `diffFindings` and `statFindings` write them. */
function ourFindings({ a, b }: { readonly a: Snapshot; readonly b: Snapshot }): string[] {
  const rows = [...fileDifferences(finish(selectRows(finish(compareTrees(a, b)))))]
  const lone = new Set(rows.filter(({ change }) => change !== 'modified').map(({ path }) => path))
  return rows
    .flatMap(({ path, change, classes, before, after }) => {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/'))) as FilePath
      const isTop = !path.includes('/') || !lone.has(parent)
      // A path that took the place of a directory, or made room for one, is told by the change of the type.
      const isBelowType = rows.some(each => each.path === parent && each.classes.includes('type'))
      if (change !== 'modified') return isTop && !isBelowType ? [`${change} ${path}`] : []
      if (classes.includes('type')) return [`type ${path}`]
      const described = before?.entry !== undefined && after?.entry !== undefined
      return classes.flatMap(each => {
        if (each === 'content' || each === 'target') return [`${each} ${path}`]
        const isTold = each === 'links' || (described && !(each === 'time' && after?.type === 'directory'))
        return isTold && path !== '' ? [`${each} ${path}`] : []
      })
    })
    .sort()
}

function diffFindings(one: string, other: string): string[] {
  const { stdout, status } = spawnSync('diff', ['-rq', '--no-dereference', one, other], { env: { ...process.env, LC_ALL: 'C' } })
  assert.ok(status === 0 || status === 1)
  const inside = (path: string) => path.replace(one, '').replace(other, '').replace(/^\//, '')
  const lines = stdout
    .toString()
    .split('\n')
    .filter(line => line !== '')
  return lines.map(line => {
    const [, directory = '', name = ''] = /^Only in (.*?): (.*)$/.exec(line) ?? []
    if (name !== '')
      return `${directory.startsWith(one) ? 'removed' : 'added'} ${[inside(directory), name].filter(each => each !== '').join('/')}`
    const [, kind = '', path = ''] = /^(Files|Symbolic links|File) (\S+) (?:and|is) /.exec(line) ?? assert.fail(line)
    return `${kind === 'Files' ? 'content' : kind === 'File' ? 'type' : 'target'} ${inside(path)}`
  })
}

type Stat = {
  readonly type: string
  readonly mode: string
  readonly owner: string
  readonly time: string
  readonly names: string
}

function statFindings(one: string, other: string, { a, b }: { readonly a: Snapshot; readonly b: Snapshot }): string[] {
  const [mine, theirs] = [statsOf(one), statsOf(other)]
  const isDescribed = (path: string) => [a, b].every(tree => tree.find(path as FilePath)?.entry !== undefined)
  return [...mine].flatMap(([path, stat]) => {
    const twin = theirs.get(path)
    if (twin === undefined || twin.type !== stat.type) return []
    const found: string[] = []
    // umoci gives a directory that no entry describes what it pleases, and forgets the times of those it puts something into.
    if (isDescribed(path)) {
      if (stat.type !== 'symbolic link' && stat.mode !== twin.mode) found.push('mode')
      if (stat.owner !== twin.owner) found.push('owner')
      if (stat.type !== 'directory' && stat.time !== twin.time) found.push('time')
    }
    if (stat.type !== 'directory' && stat.names !== twin.names) found.push('links')
    return found.map(each => `${each} ${path}`)
  })
}

/** By path: what GNU stat says of it, and all names of its inode. */
function statsOf(root: string): Map<string, Stat> {
  const output = run('sh', ['-c', `find . -mindepth 1 -exec stat --printf '%n\\t%F\\t%a\\t%u:%g\\t%.9Y\\t%i\\n' {} +`], {
    cwd: root,
  })
  const lines = output
    .toString()
    .split('\n')
    .filter(line => line !== '')
  const fields = lines.map(line => line.split('\t'))
  const names = Map.groupBy(fields, ([, , , , , inode]) => inode)
  return new Map(
    fields.map(([name = '', type = '', mode = '', owner = '', time = '', inode]) => {
      const group = (names.get(inode) ?? []).map(([each = '']) => each).sort()
      return [name.slice(2), { type: type.replace('regular empty file', 'regular file'), mode, owner, time, names: group.join() }]
    }),
  )
}
