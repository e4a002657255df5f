import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { buildOnce } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-interrupt-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** Milliseconds of the processor after a signal: ending threads and the program takes some thirty of them. */
const HEARD_WITHIN = 230
/** The signal comes whenever the program has used so much of the processor. */
const POINTS = [200, 400, 600, 800, 1000, 1300, 1600, 2000, 2500, 3000]

const layers = [0, 1].map(layer =>
  layerFixture(
    Array.from({ length: 100_000 }, (_, index) => ({ name: `d${index % 300}/${index}`, mode: layer === 0 ? 0o644 : 0o755 })),
  ),
)
const layout = writeLayout(join(directory, 'layout'), { a: imageFixture(layers), b: imageFixture(layers.slice(0, 1)) })
const source = join(directory, 'source')
for (let index = 0; index < 20_000; index++) {
  if (index % 100 === 0) mkdirSync(join(source, String(index / 100)), { recursive: true })
  writeFileSync(join(source, String(Math.floor(index / 100)), String(index)), String(index))
}

const RUNS: Readonly<Record<string, (out: string) => readonly string[]>> = {
  ls: () => ['ls', `${layout}:a`, '--filter', 'nothing'],
  'ls by time': () => ['ls', `${layout}:a`, '--sort', 'mtime'],
  waste: () => ['waste', `${layout}:a`],
  inspect: () => ['inspect', `${layout}:a`, '--layers'],
  check: () => ['check', `${layout}:a`],
  verify: () => ['verify', `${layout}:a`],
  diff: () => ['diff', `${layout}:a`, `${layout}:b`],
  squash: out => ['squash', `${layout}:a`, `oci:${out}/image:t`, '--remove', '*9'],
  build: out => ['build', `oci:${out}/image:t`, '--add', source],
  extract: out => ['extract', `${layout}:a`, '/', `${out}/tree`],
  unpack: out => ['unpack', `${layout}:a`, `${out}/bundle`, '--rootless'],
  copy: out => ['copy', `${layout}:a`, `oci:${out}/image:t`, '--compress', 'zstd'],
}

describe('Ctrl-C, whatever a command is doing', { skip: existsSync('/proc/self/stat') ? false : 'there is no /proc' }, () => {
  for (const [name, argsOf] of Object.entries(RUNS))
    test(`ends ${name} at once and leaves nothing`, async () => {
      buildOnce()
      for (const point of POINTS) {
        const out = mkdtempSync(join(directory, 'out-'))
        const { status, used } = await interrupted(argsOf(out), point)
        if (status === 0) break
        assert.equal(status, 130)
        assert.deepEqual(readdirSync(out), [], `after ${point} ms`)
        assert.ok(used <= HEARD_WITHIN, `after ${point} ms: ${used} ms`)
      }
    })
})

async function interrupted(args: readonly string[], point: number): Promise<{ status: number | null; used: number }> {
  const program = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))
  const child = spawn(process.execPath, [program, ...args, '--no-cache'], { stdio: 'ignore' })
  let [at, last] = [0, 0]
  const status = new Promise<number | null>(resolve => child.once('exit', resolve))
  let ended = false
  void status.then(() => {
    ended = true
  })
  while (!ended) {
    const milliseconds = usedBy(child)
    last = Math.max(last, milliseconds)
    if (at === 0 && milliseconds >= point) {
      at = milliseconds
      child.kill('SIGINT')
    }
    await wait(2)
  }
  return { status: await status, used: last - at }
}

/** Milliseconds of the processor; 0 for a process that has ended. */
function usedBy({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}
