import type { Changeset } from '../../src/layer/changeset.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { wasteOf } from '../../src/space/waste.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import type { Row } from './bench-kit.ts'

/** Stacks alone, without reading: whiteouts, layers and depth must not multiply. Ratios of the best of several runs. */
export async function* measure(): AsyncGenerator<Row> {
  const plain = [files(0, 50_000)]
  const base = best(plain)
  const ratio = (name: string, layers: readonly Changeset[], limit: number, unit = base): Row => {
    const time = best(layers)
    return { name, actual: time / unit, limit, unit: '×', detail: `${time.toFixed(0)} ms : ${unit.toFixed(0)} ms` }
  }
  yield ratio('stack: 50,000 files and 200 whiteouts: the plain 50,000', [...plain, whiteouts(200)], 1.3)
  yield ratio('stack: 50,000 files under 20 one-file layers: the plain 50,000', [...plain, ...oneFileLayers(20)], 1.3)
  yield ratio('stack: 50,000 files under 200 one-file layers: the plain 50,000', [...plain, ...oneFileLayers(200)], 1.5)
  yield ratio('stack: 50,000 files 60 directories deep: the plain 50,000', [files(0, 50_000, '/d'.repeat(60))], 4)
  yield ratio('stack: 50,000 files removed and written again, 4 times: 9 plain', rewritten(4), 9)
  const sixty = Array.from({ length: 60 }, (_, layer) => files((layer * 200_000) / 60, ((layer + 1) * 200_000) / 60))
  yield ratio('stack: 200,000 files in 60 layers: four times the plain', sixty, 1.5 * 4)
  yield* million(base)
}

async function* million(base: number): AsyncGenerator<Row> {
  const layers = Array.from({ length: 20 }, (_, layer) => files(layer * 50_000, (layer + 1) * 50_000))
  globalThis.gc?.()
  const before = process.memoryUsage().arrayBuffers
  const stack = buildStack(layers, 'overlay')
  const bytes = process.memoryUsage().arrayBuffers - before
  yield {
    name: 'stack: bytes of columns an entry at 1,000,000',
    actual: bytes / 1e6,
    limit: 160,
    unit: 'MB',
    detail: 'one MB is a byte an entry',
  }
  const time = timed(() => wasteOf(stack).files())
  const detail = `${time.toFixed(0)} ms : ${base.toFixed(0)} ms`
  yield { name: 'ledger: 1,000,000 entries: the stack of 50,000', actual: time / base, limit: 20, unit: '×', detail }
}

function best(layers: readonly Changeset[]): number {
  let fastest = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run++)
    fastest = Math.min(
      fastest,
      timed(() => wasteOf(buildStack(layers, 'overlay'))),
    )
  return fastest
}

function timed(work: () => unknown): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

function files(from: number, to: number, below = ''): Changeset {
  const entries: EntryFixture[] = []
  for (let index = Math.ceil(from); index < to; index++) {
    const directory = `usr/share/tree-${Math.floor(index / 5000)}${below}/directory-${Math.floor(index / 50)}`
    if (index % 50 === 0) entries.push({ type: 'directory', path: directory })
    entries.push({ type: 'file', path: `${directory}/file-${index}.txt`, content: 'content', size: index })
  }
  return changesetFixture(entries)
}

function whiteouts(count: number): Changeset {
  const removed = Array.from({ length: count }, (_, index) => index * 250)
  return changesetFixture(
    removed.map(index => ({
      type: 'whiteout',
      path: `usr/share/tree-${Math.floor(index / 5000)}/directory-${Math.floor(index / 50)}/file-${index}.txt`,
    })),
  )
}

function oneFileLayers(count: number): Changeset[] {
  return Array.from({ length: count }, (_, layer) =>
    changesetFixture([{ type: 'file', path: `small/layer-${layer}`, content: 'x' }]),
  )
}

function rewritten(times: number): Changeset[] {
  const removal = changesetFixture([{ type: 'whiteout', path: 'usr' }])
  const all = files(0, 50_000)
  return [all, ...Array.from({ length: times }, () => [removal, all]).flat()]
}
