import { best, byTurns, hasProgram, MB, type Row, type Run, runPeel, scratch, seconds } from './bench-kit.ts'
import { debianImage, nativeFloor, skopeoConvert, umociUnpack } from './debian.ts'

/**
 * The Debian image, cold and warm, beside the floor and the tools it is judged against. What the floor cannot show, in processor
 * time (perf, sum of all threads): inflating 1,008 MB takes Node's zlib 1.22 s and its CRC 0.16 s, igzip 1.00 s for both; the
 * three hashes take 1.18 s (the floor makes two of them, 0.75 s); starting, compiling and running JavaScript and the kernel's
 * share 0.75 s. In sum 3.3 s beside 2.3 s: two cores that were both busy from the first to the last moment would need 1.65 s, and
 * the floor, which waits for its largest layer, takes 1.7 s.
 */
export async function* measure(): AsyncGenerator<Row> {
  const layout = await debianImage()
  if (layout === undefined) return
  const image = `oci:${layout}:latest`
  const read = ['inspect', image, '--layers', '--json']
  const waste = ['waste', image, '--json']
  const readCold = () => runPeel(read, scratch('cold'))
  let cold: Run
  if (hasProgram('igzip')) {
    const [ours, floor] = await byTurns(5, readCold, () => nativeFloor(layout))
    cold = ours
    yield ratio('1 GB in 9 layers, cold, all verified: native floor', cold, floor, 1.1)
  } else cold = await best(3, readCold)
  if (hasProgram('umoci')) {
    const unpack = { ...(await umociUnpack(layout, 'latest')), rss: 0, stdout: '' }
    yield ratio('1 GB in 9 layers, cold: umoci raw unpack', cold, unpack, 0.25)
  }
  if (hasProgram('skopeo')) {
    const convert = { ...(await skopeoConvert(layout, 'latest')), rss: 0, stdout: '' }
    yield ratio('1 GB in 9 layers, cold: skopeo copy to docker-archive', cold, convert, 1)
  }
  yield { name: '1 GB in 9 layers, cold: memory', actual: cold.rss / MB, limit: 250, unit: 'MB', detail: seconds(cold) }
  const warmCache = scratch('warm')
  await runPeel(read, warmCache)
  const warm = await best(5, () => runPeel(read, warmCache))
  yield {
    name: '1 GB in 9 layers, warm, whole process',
    actual: warm.seconds,
    limit: 0.4,
    unit: 's',
    detail: `${(warm.rss / MB).toFixed(0)} MB`,
  }
  const ledger = await best(5, () => runPeel(waste, warmCache))
  yield {
    name: '1 GB in 9 layers, warm, peel waste with duplicates and dive',
    actual: ledger.seconds,
    limit: 0.4,
    unit: 's',
    detail: `${(ledger.rss / MB).toFixed(0)} MB`,
  }
  const bare = await best(5, () => runPeel(['inspect', image], warmCache))
  yield {
    name: '1 GB in 9 layers, documents only',
    actual: bare.seconds,
    limit: 0.2,
    unit: 's',
    detail: `${(bare.rss / MB).toFixed(0)} MB`,
  }
}

export function ratio(name: string, ours: { seconds: number }, theirs: { seconds: number }, limit: number): Row {
  const detail = `${ours.seconds.toFixed(2)} s : ${theirs.seconds.toFixed(2)} s`
  return { name, actual: ours.seconds / theirs.seconds, limit, unit: '×', detail }
}
