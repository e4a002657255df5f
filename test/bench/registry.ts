import { rmSync } from 'node:fs'
import { REGISTRY_PROGRAMS, startDockerRegistry } from '../kit/registry/docker-registry.ts'
import { byTurns, hasProgram, MB, type Row, type Run, runPeel, scratch, timed } from './bench-kit.ts'
import { debianImage } from './debian.ts'
import { ratio } from './reading.ts'

const MEMORY = 200

/** The Debian image to and from docker-registry on loopback, beside skopeo in the same run. */
export async function* measure(): AsyncGenerator<Row> {
  const layout = await debianImage()
  if (layout === undefined || ![...REGISTRY_PROGRAMS, 'skopeo'].every(hasProgram)) return
  const registry = await startDockerRegistry('plain')
  try {
    const image = `oci:${layout}:latest`
    const [push, skopeoPush] = await byTurns(
      3,
      () => onFresh(host => runPeel(['copy', image, `docker://${host}/fresh/app:1`], scratch('push-cache'))),
      () => onFresh(host => skopeo(image, `docker://${host}/fresh/app:1`, 'dest')),
    )
    yield ratio('push of the 1 GB image: skopeo copy', push, skopeoPush, 1.1)
    yield memory('push of the 1 GB image: memory', push)

    const source = `${registry.host}/fresh/app:1`
    await runPeel(['copy', image, `docker://${source}`], scratch('push-cache'))
    const [pull, skopeoPull] = await byTurns(
      3,
      () => runPeel(['copy', source, `oci:${scratch('pull')}/layout:1`], scratch('pull-cache')),
      () => skopeo(`docker://${source}`, `oci:${scratch('pull-skopeo')}/layout:1`, 'src'),
    )
    yield ratio('pull of the 1 GB image to a layout: skopeo copy', pull, skopeoPull, 1.1)
    yield memory('pull of the 1 GB image: memory', pull)

    const [analysed, local] = await byTurns(
      3,
      () => runPeel(['inspect', source, '--layers', '--json'], scratch('analysis-cache')),
      () => runPeel(['inspect', image, '--layers', '--json'], scratch('local-cache')),
    )
    yield ratio('pull with full analysis: pull, then analysis', analysed, { seconds: pull.seconds + local.seconds }, 1)
    yield memory('pull with full analysis: memory', analysed)
  } finally {
    await registry.close()
    for (const name of ['pull', 'pull-skopeo', 'analysis-cache', 'push-cache', 'pull-cache'])
      rmSync(scratch(name), { recursive: true, force: true })
  }
}

/** A registry of its own each time: what is there already is not pushed, and skopeo remembers where it saw a blob. */
async function onFresh(use: (host: string) => Promise<Run>): Promise<Run> {
  const registry = await startDockerRegistry('plain')
  try {
    return await use(registry.host)
  } finally {
    await registry.close()
  }
}

function skopeo(from: string, to: string, side: 'src' | 'dest'): Promise<Run> {
  return timed('skopeo', ['copy', '--quiet', `--${side}-tls-verify=false`, '--preserve-digests', from, to])
}

function memory(name: string, run: Run): Row {
  return { name, actual: run.rss / MB, limit: MEMORY, unit: 'MB', detail: `${run.seconds.toFixed(2)} s` }
}
