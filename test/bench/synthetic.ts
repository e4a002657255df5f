import { randomBytes } from 'node:crypto'
import { type BenchEntry, benchImage } from './bench-image.ts'

/** The synthetic images of the bench, each with the shape that hurts some tool. */

/** `count` files of a few bytes, fifty to a directory, in `layers` layers of equal size. */
export function manyFiles(count: number, layers: number): Promise<string> {
  const share = Math.ceil(count / layers)
  return benchImage(
    `files-${count}-in-${layers}`,
    Array.from({ length: layers }, (_, layer) => () => files(layer * share, Math.min(count, (layer + 1) * share))),
  )
}

/** 50,000 files, then a layer that removes 200 of them. */
export function whiteouts(): Promise<string> {
  const removals = function* (): Generator<BenchEntry> {
    for (let index = 0; index < 200; index++) {
      const path = pathOf(index * 250)
      yield { name: path.replace(/([^/]+)$/, '.wh.$1') }
    }
  }
  return benchImage('files-50000-whiteouts', [() => files(0, 50_000), removals])
}

/** `count` files in one directory of one layer, in no order. */
export function hugeDirectory(count: number): Promise<string> {
  return benchImage(`files-${count}-in-one-directory`, [() => scattered(count)])
}

/** The same, then a layer that removes the directory with one whiteout. */
export function oneRemoval(count: number): Promise<string> {
  return benchImage(`files-${count}-removed`, [() => scattered(count), () => [{ name: 'var/.wh.cache' }]])
}

/** `count` layers that each write a file of their own and one that all write. */
export function manyLayers(count: number): Promise<string> {
  const layer = (index: number) => () =>
    [`small/layer-${index}`, 'etc/shared'].map(name => ({ name, content: Buffer.from(`${index}\n`) }))
  return benchImage(
    `layers-${count}`,
    Array.from({ length: count }, (_, index) => layer(index)),
  )
}

function* scattered(count: number): Generator<BenchEntry> {
  // A prime: every number comes once.
  for (let index = 0; index < count; index++)
    yield { name: `var/cache/name-${(index * 7919) % count}`, content: Buffer.from(`${index}\n`) }
}

/** 50,000 files under twenty layers of one file each. */
export function smallLayers(): Promise<string> {
  const one = (layer: number) => () => [{ name: `small/layer-${layer}`, content: Buffer.from(`${layer}\n`) }]
  return benchImage('files-50000-small-layers', [() => files(0, 50_000), ...Array.from({ length: 20 }, (_, layer) => one(layer))])
}

/** One layer of 500 MB unpacked whose last file is `the/last-file`; it compresses by about two. */
export function longLayer(compression: 'gzip' | 'zstd' = 'gzip'): Promise<string> {
  return benchImage(compression === 'gzip' ? 'long-layer' : 'long-layer-zstd', [longFiles], compression)
}

function* longFiles(): Generator<BenchEntry> {
  for (let index = 0; index < 500; index++) {
    const content = Buffer.alloc(1_000_000)
    // Half noise, half text.
    for (let offset = 0; offset < content.length; offset += 2000) randomBytes(1000).copy(content, offset)
    for (let offset = 1000; offset < content.length; offset += 2000)
      content.write(`line ${index} ${offset} `.repeat(40), offset, 1000)
    yield { name: `data/part-${String(index).padStart(3, '0')}`, content }
  }
  yield { name: 'the/other-file', content: Buffer.from('another\n') }
  yield { name: 'the/last-file', content: Buffer.from('found\n') }
}

function* files(from: number, to: number): Generator<BenchEntry> {
  for (let index = from; index < to; index++) {
    if (index % 50 === 0 || index === from) yield { name: `${directoryOf(index)}/` }
    yield { name: pathOf(index), content: Buffer.from(`content of file ${index}\n`) }
  }
}

function pathOf(index: number): string {
  return `${directoryOf(index)}/file-${index}.txt`
}

function directoryOf(index: number): string {
  const directory = Math.floor(index / 50)
  return `usr/share/tree-${Math.floor(directory / 100)}/directory-${directory}`
}
