import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { best, CACHE, hasProgram, MB, type Row, type Run, runPeel, scratch, timed } from './bench-kit.ts'
import { debianImage } from './debian.ts'
import { ratio } from './reading.ts'

/** Squashing and copying the 1 GB image: against buildah, which starts from an unpacked store, and skopeo. */
export async function* measure(): AsyncGenerator<Row> {
  const layout = await debianImage()
  if (layout === undefined) return
  const source = `oci:${layout}:latest`
  const squash = (name: string, cache: string, ...options: string[]) =>
    fresh(name, to => runPeel(['squash', source, to, '-q', ...options], cache))
  const buildah = await buildahSquash()
  const [gzips, zstds, theirs]: [Run[], Run[], Run[]] = [[], [], []]
  // In turns, so that whatever else the machine does weighs on all; cold each time, and once more where the layers are known.
  const warm: { readonly gzip: Run[]; readonly zstd: Run[] } = { gzip: [], zstd: [] }
  for (let turn = 0; turn < 3; turn++) {
    if (buildah !== undefined) theirs.push(await buildah.run())
    gzips.push(await squash('gzip', scratch('rebuild-cache')))
    const cache = scratch('rebuild-cache')
    zstds.push(await squash('zstd', cache, '--compress', 'zstd'))
    warm.gzip.push(await squash('gzip', cache))
    warm.zstd.push(await squash('zstd', cache, '--compress', 'zstd'))
  }
  await buildah?.end()
  const [gzip, zstd] = [quickest(gzips), quickest(zstds)]
  if (buildah !== undefined) {
    yield ratio('full squash to gzip: buildah commit --squash', gzip, quickest(theirs), 0.9)
    const [ours, other] = [largestBlob('gzip'), largestBlob('buildah')]
    const detail = `${ours} and ${other} bytes`
    yield { name: 'full squash to gzip: size beside buildah', actual: ours / other, limit: 1, unit: '×', detail }
  }
  yield ratio('full squash to zstd, beside gzip', zstd, gzip, 0.6)
  yield ratio('the same of layers that were read before', quickest(warm.zstd), quickest(warm.gzip), 0.6)
  const memory = Math.max(...[...gzips, ...zstds, ...warm.gzip, ...warm.zstd].map(run => run.rss))
  yield { name: 'full squash: peak memory', actual: memory / MB, limit: 350, unit: 'MB', detail: '' }
  const copy = await best(3, () => fresh('copy', to => runPeel(['copy', source, to, '-q'], scratch('rebuild-cache'))))
  if (!hasProgram('skopeo')) return
  const policy = `${CACHE}/policy.json`
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}')
  const skopeo = await best(3, () => fresh('skopeo', to => timed('skopeo', ['--policy', policy, 'copy', '-q', source, to])))
  yield ratio('copy between layouts: skopeo copy', copy, skopeo, 1.1)
}

/** buildah's squash of the same image from its unpacked store; undefined where it cannot run. */
async function buildahSquash(): Promise<{ run(): Promise<Run>; end(): Promise<unknown> } | undefined> {
  if (!hasProgram('buildah') || process.getuid?.() !== 0) return undefined
  const directory = `${CACHE}/debian`
  const store = ['--root', `${directory}/store`, '--runroot', `${directory}/run`, '--storage-driver', 'vfs']
  const container = (await timed('buildah', [...store, 'from', 'localhost/big:latest'])).stdout.trim()
  const commit = ['commit', '--signature-policy', `${directory}/policy.json`, '-q', '--squash', '--disable-compression=false']
  return {
    run: () => fresh('buildah', to => timed('buildah', [...store, ...commit, container, to])),
    end: () => timed('buildah', [...store, 'rm', container]),
  }
}

function quickest(runs: readonly Run[]): Run {
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best))
}

/** Runs with a destination that is not there yet. */
async function fresh(name: string, run: (destination: string) => Promise<Run>): Promise<Run> {
  const directory = `${CACHE}/scratch/rebuilt-${name}`
  rmSync(directory, { recursive: true, force: true })
  return await run(`oci:${directory}:x`)
}

function largestBlob(name: string): number {
  const blobs = `${CACHE}/scratch/rebuilt-${name}/blobs/sha256`
  return Math.max(...readdirSync(blobs).map(file => statSync(`${blobs}/${file}`).size))
}
