import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'

/** Part of an undisturbed run that the first kill comes after: nothing of ours runs before. Some kills come too late on purpose. */
const FIRST = 0.1
const LAST = 1.1

/** A destination that is there already: the file that says what it holds. */
type Place = { readonly destination: string; readonly file: string }

/** The file of a place before and after an undisturbed run, and how many milliseconds that takes. */
type Turn = { readonly place: Place; readonly state: { readonly before: Buffer; readonly after: Buffer; readonly took: number } }

/**
 * Kills a squash over what is there, at so many moments of its run, by turns into a layout, an oci-archive and a
 * docker-archive: the destination is as it was or whole, and what was left is swept later.
 */
export async function killAtMoments(directory: string, moments: number): Promise<void> {
  const image = imageFixture([
    layerFixture({ 'etc/': '', 'etc/passwd': 'root', big: noise(250_000).toString('hex') }),
    layerFixture({ '.wh.big': '', 'etc/': '', 'etc/shadow': 'secret' }),
    layerFixture({ 'etc/': '', 'etc/passwd': 'changed' }),
  ])
  const source = `oci:${writeLayout(join(directory, 'source'), { app: image })}:app`
  const [out, temporary] = [join(directory, 'out'), join(directory, 'tmp')]
  for (const each of [out, temporary]) mkdirSync(each)
  const places: readonly Place[] = [
    { destination: `oci:${join(out, 'layout')}:app`, file: join(out, 'layout', 'index.json') },
    { destination: `oci-archive:${join(out, 'oci.tar')}:app`, file: join(out, 'oci.tar') },
    { destination: `docker-archive:${join(out, 'docker.tar')}:app:1`, file: join(out, 'docker.tar') },
  ]
  // A layout says when its entries were listed: at one time, so that the same image is the same bytes.
  const env = { TMPDIR: temporary, SOURCE_DATE_EPOCH: '1700000000' }
  const squash = (destination: string, edits: readonly string[] = [], started?: (child: ChildProcess) => void) =>
    peel(['squash', source, destination, '--force', ...edits], { env, ...(started && { started }) })
  const turns: Turn[] = []
  for (const place of places) {
    const { destination, file } = place
    const start = performance.now()
    assert.equal((await squash(destination)).stderr, '')
    const took = performance.now() - start
    const after = readFileSync(file)
    assert.equal((await squash(destination, ['--layers', '1..2'])).stderr, '')
    turns.push({ place, state: { before: readFileSync(file), after, took } })
  }
  for (let moment = 0; moment < moments; moment++) {
    const turn = turns[moment % turns.length]
    assert.ok(turn)
    const { place, state } = turn
    const delay = state.took * (FIRST + ((LAST - FIRST) * moment) / moments)
    await squash(place.destination, [], child => void setTimeout(() => child.kill('SIGKILL'), delay))
    const now = readFileSync(place.file)
    assert.ok(now.equals(state.before) || now.equals(state.after), `${place.destination}, killed after ${delay} ms`)
    if (now.equals(state.before)) continue
    assert.equal((await peel(['verify', place.destination])).status, 0, `${place.destination}, killed after ${delay} ms`)
    writeFileSync(place.file, state.before)
  }
  for (const { destination } of places) {
    assert.equal((await squash(destination)).stderr, '')
    assert.equal((await peel(['verify', destination])).stderr, '')
  }
  assert.deepEqual([out, join(out, 'layout'), temporary].flatMap(leftovers), [])
}

function leftovers(directory: string): readonly string[] {
  return readdirSync(directory).filter(name => name.startsWith('.peel-'))
}
