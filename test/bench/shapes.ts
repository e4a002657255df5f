import { best, byTurns, MB, type Row, runPeel, scratch, seconds } from './bench-kit.ts'
import { ratio } from './reading.ts'
import { manyFiles, smallLayers, whiteouts } from './synthetic.ts'

/** Shapes that make cost multiply in some tools: many layers, many entries, whiteouts, tiny layers. */
export async function* measure(): AsyncGenerator<Row> {
  const read = (layout: string) => ['inspect', `oci:${layout}`, '--layers', '--json']
  const many = await manyFiles(200_000, 60)
  const cold = await best(2, () => runPeel(read(many), scratch('cold')))
  yield { name: '200,000 files in 60 layers, cold', actual: cold.seconds, limit: 5, unit: 's', detail: '' }
  yield { name: '200,000 files in 60 layers, cold: memory', actual: cold.rss / MB, limit: 300, unit: 'MB', detail: '' }
  const cache = scratch('warm')
  await runPeel(read(many), cache)
  const warm = await best(3, () => runPeel(read(many), cache))
  yield {
    name: '200,000 files in 60 layers, warm',
    actual: warm.seconds,
    limit: 0.6,
    unit: 's',
    detail: `${(warm.rss / MB).toFixed(0)} MB`,
  }

  const [small, large] = [await manyFiles(100_000, 20), await manyFiles(1_000_000, 20)]
  const hundred = await best(2, () => runPeel(read(small), scratch('cold')))
  const million = await runPeel(read(large), scratch('cold'))
  yield { name: '1,000,000 files: memory', actual: million.rss / MB, limit: 900, unit: 'MB', detail: seconds(million) }
  yield {
    name: '1,000,000 files: time for an entry, beside 100,000',
    actual: million.seconds / 10 / hundred.seconds,
    limit: 1.5,
    unit: '×',
    detail: `${seconds(million)} : ${seconds(hundred)}`,
  }

  const plain = await manyFiles(50_000, 1)
  const besidePlain = (layout: string) =>
    byTurns(
      4,
      () => runPeel(read(layout), scratch('cold')),
      () => runPeel(read(plain), scratch('cold')),
    )
  yield ratio('50,000 files and 200 whiteouts: the plain 50,000', ...(await besidePlain(await whiteouts())), 1.3)
  yield ratio('50,000 files under 20 one-file layers: the plain 50,000', ...(await besidePlain(await smallLayers())), 1.3)
}
