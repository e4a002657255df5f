import { existsSync, readFileSync, rmSync } from 'node:fs'
import { CACHE, hasProgram, ROOT, type Run, timed } from './bench-kit.ts'

/** The layout of the Debian image, made on first use; undefined where the programs that make it are missing. */
export async function debianImage(): Promise<string | undefined> {
  const directory = `${CACHE}/debian`
  if (!existsSync(`${directory}/done`)) {
    const missing = ['mmdebstrap', 'buildah', 'skopeo', 'npm'].filter(program => !hasProgram(program))
    if (missing.length > 0 || process.getuid?.() !== 0) {
      console.log(`no Debian image: ${missing.length > 0 ? `${missing.join(', ')} missing` : 'it is made as root'}`)
      return undefined
    }
    process.stderr.write('making the Debian image…\n')
    await timed(`${ROOT}test/bench/debian-image.sh`, [directory])
  }
  return `${directory}/big`
}

/** Inflates and hashes every layer with the fastest native tools, one process a core: no reader can be much quicker. */
const FLOOR = `
cd "$1/blobs/sha256"
shift
printf '%s\\n' "$@" |
  xargs -P"$(nproc)" -I{} sh -c 'igzip -dc {} | openssl dgst -sha256 > /dev/null; openssl dgst -sha256 {} > /dev/null'
`

export function nativeFloor(layout: string): Promise<Run> {
  const blob = (digest: string) => JSON.parse(readFileSync(`${layout}/blobs/${digest.replace(':', '/')}`, 'utf8'))
  const { manifests } = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8'))
  const layers: string[] = blob(manifests[0].digest).layers.map(({ digest }: { digest: string }) =>
    digest.slice('sha256:'.length),
  )
  return timed('bash', ['-c', FLOOR, 'floor', layout, ...layers])
}

export async function umociUnpack(layout: string, tag: string): Promise<{ seconds: number }> {
  const bundle = `${CACHE}/scratch/umoci`
  rmSync(bundle, { recursive: true, force: true })
  const run = await timed('umoci', ['raw', 'unpack', '--image', `${layout}:${tag}`, bundle])
  rmSync(bundle, { recursive: true, force: true })
  return run
}

/** The conversion that a user of dive must do first. */
export async function skopeoConvert(layout: string, tag: string): Promise<{ seconds: number }> {
  const archive = `${CACHE}/scratch/converted.tar`
  rmSync(archive, { force: true })
  const run = await timed('skopeo', [
    '--insecure-policy',
    'copy',
    '-q',
    `oci:${layout}:${tag}`,
    `docker-archive:${archive}:converted:1`,
  ])
  rmSync(archive, { force: true })
  return run
}
