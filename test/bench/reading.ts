import { best, hasProgram, MB, quicker, type Row, runPeel, scratch, seconds } from './bench-kit.ts'
import { debianImage, nativeFloor, skopeoConvert, umociUnpack } from './debian.ts'

/**
 * The Debian image, cold and warm, beside the floor and the tools it is judged against. What the floor cannot show: Node's zlib
 * with its CRC takes 1.65 s of processor time for the 1,008 MB where igzip takes 1.10 s, and hashing every file, which the
 * floor does not do, another 0.5 s: in sum 3.3 s beside 2.3 s, so two cores that are both kept busy all the time cannot
 * reach 1.1. Best of five by turns on a busy machine: 1.85 s beside 1.63 s; 1.88 s with the largest blob hashed in another thread.
 */
export async function* measure(): AsyncGenerator<Row> {
  const layout = await debianImage()
  if (layout === undefined) return
  const image = `oci:${layout}:latest`
  const read = ['inspect', image, '--layers', '--json']
  const waste = ['waste', image, '--json']
  let cold = await best(1, () => runPeel(read, scratch('cold')))
  if (hasProgram('igzip')) {
    let floor = await best(1, () => nativeFloor(layout))
    // By turns, so that what else the machine does falls on both.
    for (let turn = 1; turn < 4; turn++) {
      cold = quicker(cold, await runPeel(read, scratch('cold')))
      floor = quicker(floor, await nativeFloor(layout))
    }
    yield ratio('1 GB in 9 layers, cold, all verified: native floor', cold, floor, 1.1)
  }
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
