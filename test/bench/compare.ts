import { rmSync } from 'node:fs'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { type BenchEntry, benchImage } from './bench-image.ts'
import { best, type Row, type Run, runPeel, scratch } from './bench-kit.ts'

/** Comparing two images whose layers are known from before: whole processes, files printed as JSON. */
export async function* measure(): AsyncGenerator<Row> {
  const [one, other] = [await gigabyte('compare-1gb-a', 0), await gigabyte('compare-1gb-b', 1)]
  yield* rows('two of 1 GB, seven of nine layers shared', one, other, 0.5)
  for (const [count, limit] of [
    [200_000, 2],
    [1_000_000, 10],
  ] as const) {
    const [a, b] = [await many(`compare-${count}-a`, count, 0), await many(`compare-${count}-b`, count, 1)]
    yield* rows(`two of ${count.toLocaleString('en')} files, a fifth differs`, a, b, limit, count === 200_000 ? 300 : undefined)
  }
  yield await shared()
}

/** The layers that a hundred images on one base share, of a layout without a layer: their documents say it. */
async function shared(): Promise<Row> {
  const base = Array.from({ length: 5 }, (_, index) => layerFixture({ [`usr/lib/base-${index}`]: 'b'.repeat(50_000 + index) }))
  const images = Array.from({ length: 100 }, (_, index) =>
    imageFixture([...base, layerFixture({ [`app/${index}`]: `${index}` })]),
  )
  const layout = writeLayout(
    `${scratch('shared')}/layout`,
    Object.fromEntries(images.map((image, index) => [`t${index}`, image])),
  )
  for (const { layers } of images)
    for (const { digest } of layers) rmSync(`${layout}/blobs/${digest.replace(':', '/')}`, { force: true })
  const cache = scratch('shared-cache')
  const run = await best(3, () => runPeel(['inspect', `oci:${layout}`, '--shared', '--json'], cache))
  return { name: 'layers that 100 images on one base share', actual: run.seconds, limit: 1, unit: 's', detail: 'documents only' }
}

async function* rows(name: string, a: string, b: string, limit: number, memory?: number): AsyncGenerator<Row> {
  const cache = scratch('compare')
  const cold = await compare(a, b, cache)
  const warm = await best(3, () => compare(a, b, cache))
  yield { name: `diff of ${name}, warm`, actual: warm.seconds, limit, unit: 's', detail: `cold ${cold.seconds.toFixed(2)} s` }
  const detail = 'peak of the whole process'
  if (memory !== undefined) yield { name: `diff of ${name}, memory`, actual: warm.rss / 1e6, limit: memory, unit: 'MB', detail }
}

async function compare(a: string, b: string, cache: string): Promise<Run> {
  return await runPeel(['diff', `oci:${a}`, `oci:${b}`, '--json'], cache)
}

/** Nine layers of some 110 MB that hardly compress, the last two of them other ones for each variant. */
async function gigabyte(name: string, variant: number): Promise<string> {
  const layers = Array.from({ length: 9 }, (_, layer) => () => noise(layer, layer < 7 ? 0 : variant))
  return await benchImage(name, layers)
}

function* noise(layer: number, variant: number): Generator<BenchEntry> {
  let state = (layer + 1) * 7919 + variant * 104_729
  for (let index = 0; index < 1100; index++) {
    const content = Buffer.alloc(100_000)
    for (let offset = 0; offset < content.length; offset += 4) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
      content.writeInt32LE(state | 0, offset)
    }
    yield { name: `usr/lib/layer-${layer}/directory-${index >> 6}/file-${index}`, content }
  }
}

/** Twenty layers; in the second variant every fifth file has other content. */
async function many(name: string, count: number, variant: number): Promise<string> {
  const layers = Array.from({ length: 20 }, (_, layer) => () => files((count / 20) * layer, count / 20, variant))
  return await benchImage(name, layers)
}

function* files(from: number, count: number, variant: number): Generator<BenchEntry> {
  for (let index = from; index < from + count; index++) {
    const directory = `usr/share/tree-${Math.floor(index / 5000)}/directory-${Math.floor(index / 50)}`
    if (index % 50 === 0) yield { name: `${directory}/` }
    yield { name: `${directory}/file-${index}.txt`, content: Buffer.from(`${index} ${index % 5 === 0 ? variant : 0}\n`) }
  }
}
