import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { KEY, peelInTerminal } from '../kit/program/pty.ts'
import { REGISTRY_PROGRAMS, startDockerRegistry } from '../kit/registry/docker-registry.ts'
import { slowLine } from '../kit/registry/slow-line.ts'
import { hasProgram, type Row, runPeel, scratch } from './bench-kit.ts'

const TURNS = 7
/** 1 Mbit/s, and 100 ms there and back. */
const LINE = { roundTrip: 100, bytesPerSecond: 125_000 }

const imageFor = (architecture: string) =>
  imageFixture(
    Array.from({ length: 9 }, (_, at) =>
      layerFixture([{ name: `${architecture}-${at}`, content: noise(at === 0 ? 2_000_000 : 30_000) }]),
    ),
    { config: { architecture } },
  )

/** Samples that are opened, and the words that say that they are there. */
const SAMPLES: readonly (readonly [name: string, sample: ImageFixture | undefined, shown: RegExp])[] = [
  ['image', imageFor('amd64'), /9 layers/],
  ['index of five platforms', indexFixture(['amd64', 'arm64', 's390x', 'ppc64le', 'arm'].map(imageFor)), /9 layers/],
  ['chart', ARTIFACT_SAMPLES['chart'], /An application/],
  ['gguf', ARTIFACT_SAMPLES['gguf'], /Tiny Llama/],
  ['sbom', ARTIFACT_SAMPLES['sbom'], /licences/],
]

/** From the start of the program until an image of a registry at the end of a slow line is on the screen; only the compiled code is kept. */
export async function* measure(): AsyncGenerator<Row> {
  if (!REGISTRY_PROGRAMS.every(hasProgram)) return
  const registry = await startDockerRegistry('plain')
  const line = await slowLine(registry.host, LINE)
  const cache = scratch('opening')
  try {
    for (const [at, [name, sample, shown]] of SAMPLES.entries()) {
      if (sample === undefined) continue
      const layout = writeLayout(`${scratch('opening-layout')}/layout`, { sample })
      await runPeel(['copy', `oci:${layout}:sample`, `docker://${registry.host}/sample-${at}:latest`, '--no-cache'], cache)
      const seconds: number[] = []
      for (let turn = 0; turn <= TURNS; turn++) seconds.push(await opened(`docker://${line.host}/sample-${at}`, cache, shown))
      // The first run compiles.
      const [quickest = 0, ...others] = seconds.slice(1).sort((a, b) => a - b)
      const detail = `${(others.at(-1) ?? quickest).toFixed(0)} ms at most`
      yield { name: `${name} on the screen at 1 Mbit/s and 100 ms`, actual: quickest, limit: 1000, unit: 'ms', detail }
    }
  } finally {
    await line.close()
    await registry.close()
  }
}

/** Milliseconds until the screen shows it. */
async function opened(reference: string, cache: string, shown: RegExp): Promise<number> {
  mkdirSync(`${cache}/peel`, { recursive: true })
  for (const each of readdirSync(`${cache}/peel`))
    if (each !== 'code' && each !== 'CACHEDIR.TAG') rmSync(`${cache}/peel/${each}`, { recursive: true })
  const started = performance.now()
  const session = peelInTerminal([reference], { env: { XDG_CACHE_HOME: cache }, columns: 120, rows: 40, settings: {} })
  try {
    await session.until(screen => shown.test(screen), `show ${shown}`)
    const milliseconds = performance.now() - started
    session.type(KEY.ctrlC)
    await session.ended()
    return milliseconds
  } finally {
    await session.close()
  }
}
