import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageFixture, layerFixture, writeLayout } from '../kit/image-fixture.ts'
import { peel } from '../kit/peel-command.ts'

/** The first and the last moment of a run, in milliseconds, between which it is killed. */
const [FIRST, LAST] = [60, 360]

/** Kills a squash into an existing layout at so many moments of its run: the layout is as it was or whole, and is swept later. */
export async function killAtMoments(directory: string, moments: number): Promise<void> {
  const image = imageFixture([
    layerFixture({ 'etc/': '', 'etc/passwd': 'root', big: noise(500_000) }),
    layerFixture({ '.wh.big': '', 'etc/': '', 'etc/shadow': 'secret' }),
    layerFixture({ 'etc/': '', 'etc/passwd': 'changed' }),
  ])
  const source = `oci:${writeLayout(join(directory, 'source'), { app: image })}:app`
  const [out, temporary] = [join(directory, 'out'), join(directory, 'tmp')]
  mkdirSync(temporary)
  const env = { TMPDIR: temporary }
  await squash([source, `oci:${out}:before`, '--layers', '1..2'], env)
  const before = readFileSync(join(out, 'index.json'), 'utf8')
  for (let moment = 0; moment < moments; moment++) {
    const delay = FIRST + ((LAST - FIRST) * moment) / moments
    const started = (child: ChildProcess) => void setTimeout(() => child.kill('SIGKILL'), delay)
    await peel(['squash', source, `oci:${out}:after`, '--force'], { env, started })
    const now = readFileSync(join(out, 'index.json'), 'utf8')
    const whole = now !== before && (await peel(['verify', `oci:${out}:after`])).status === 0
    assert.ok(now === before || whole, `killed after ${delay} ms`)
    if (whole) writeFileSync(join(out, 'index.json'), before)
  }
  await squash([source, `oci:${out}:after`, '--force'], env)
  assert.equal((await peel(['verify', `oci:${out}:before`])).status, 0)
  assert.deepEqual([out, temporary].flatMap(leftovers), [])
}

/** Packs no better than a program does, so that the layer's tar is spooled. */
function noise(bytes: number): string {
  return createHash('shake256', { outputLength: bytes }).digest('hex').slice(0, bytes)
}

async function squash(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { status, stderr } = await peel(['squash', ...args], { env })
  assert.equal(status, 0, stderr)
}

function leftovers(directory: string): readonly string[] {
  return readdirSync(directory).filter(name => name.startsWith('.peel-'))
}
