import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { acquireLock, type LockTimes, withLock } from '../../src/transport/lock.ts'
import { temporaryName } from '../../src/transport/maker.ts'
import { scratch } from '../kit/image/local-image.ts'
import { fc } from '../kit/seeded-check.ts'
import { until } from '../kit/until.ts'

const QUICK: LockTimes = { patience: 20_000, heartbeat: 20, silence: 150 }

/** Names of owners whose process is gone: seen here, or only by their silence. */
const dead = () => temporaryName().replace(/-\d+-\d+-/, '-4194000-5-')
const foreign = () => temporaryName().replace(/\.[0-9a-f]{12}-/, '.0123456789ab-')

/** Adds a line to a file as a commit changes an index: read, wait, written whole. Says whether another was inside meanwhile. */
async function append(directory: string, line: string, inside: { count: number; worst: number }): Promise<void> {
  inside.count++
  inside.worst = Math.max(inside.worst, inside.count)
  const file = join(directory, 'list')
  const before = readFileSync(file, 'utf8')
  await wait(Math.random() * 3)
  writeFileSync(file, `${before}${line}\n`)
  inside.count--
}

test('any number of writers get in one after the other, whatever stale locks lie there and whichever writer dies with one', async context => {
  const writer = fc.constantFrom('writes', 'writes', 'dies with the lock', 'dies unseen with the lock')
  const planted = fc.constantFrom('none', 'dead', 'silent', 'a dead successor', 'two dead successors')
  await fc.assert(
    fc.asyncProperty(fc.array(writer, { minLength: 2, maxLength: 12 }), planted, async (writers, stale) => {
      const directory = scratch(context)
      writeFileSync(join(directory, 'list'), '')
      plant(directory, stale)
      const inside = { count: 0, worst: 0 }
      await Promise.all(
        writers.map(async (kind, index) => {
          await wait(Math.random() * 5)
          if (kind === 'writes') await withLock(directory, () => append(directory, `${index}`, inside), QUICK)
          else await acquireLock(directory, kind === 'dies with the lock' ? dead() : foreign(), QUICK)
        }),
      )
      const written = readFileSync(join(directory, 'list'), 'utf8').split('\n').filter(Boolean)
      const wanted = writers.flatMap((kind, index) => (kind === 'writes' ? [`${index}`] : []))
      assert.deepEqual(written.sort(), wanted.sort())
      assert.ok(inside.worst <= 1)
    }),
    { numRuns: 25 },
  )
})

function plant(directory: string, stale: string): void {
  if (stale === 'none') return
  const owner = stale === 'silent' ? foreign() : dead()
  symlinkSync(owner, join(directory, '.peel-lock'))
  let before = owner
  for (let left = stale === 'a dead successor' ? 1 : stale === 'two dead successors' ? 2 : 0; left > 0; left--) {
    const successor = dead()
    symlinkSync(successor, join(directory, `.peel-lock-after${before.slice('.peel'.length)}`))
    before = successor
  }
}

test('an owner of another container that shows life keeps its lock, and one that shows none loses it', async context => {
  const directory = scratch(context)
  symlinkSync(foreign(), join(directory, '.peel-lock'))
  let alive = true
  const beating = (async () => {
    const { lutimesSync } = await import('node:fs')
    for (; alive; await wait(30)) lutimesSync(join(directory, '.peel-lock'), Date.now() / 1000, Date.now() / 1000)
  })()
  await assert.rejects(
    withLock(directory, async () => assert.fail('it is held'), { ...QUICK, patience: 500 }),
    /another peel holds the lock/,
  )
  alive = false
  await beating
  await withLock(directory, async stillHeld => assert.equal(await stillHeld(), true), QUICK)
  assert.deepEqual(readdirSync(directory), [])
})

test('a holder refreshes its lock, and sees that it lost it', async context => {
  const directory = scratch(context)
  await withLock(
    directory,
    async stillHeld => {
      const path = join(directory, '.peel-lock')
      const before = lstatSync(path).mtimeMs
      await until(() => lstatSync(path).mtimeMs !== before, 'the lock is renewed')
      const { renameSync } = await import('node:fs')
      symlinkSync(dead(), join(directory, 'other'))
      renameSync(join(directory, 'other'), path)
      assert.equal(await stillHeld(), false)
    },
    QUICK,
  )
  assert.deepEqual(readdirSync(directory), ['.peel-lock'], 'what another one holds is not removed')
})
