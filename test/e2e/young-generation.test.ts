import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { KEY, peelInTerminal } from '../kit/program/pty.ts'

/** The most bytes of the main thread's young generation, both halves: V8 gives them back after seconds without a key. */
const METER = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs'
import { getHeapSpaceStatistics } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
const young = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size
if (isMainThread) {
  let most = 0
  setInterval(() => (most = Math.max(most, young())), 20).unref()
  process.on('exit', () => writeFileSync(process.env.PEEL_TEST_YOUNG, String(most)))
}`,
)}`
const MEGABYTE = 2 ** 20

describe('the young generation of the interface', () => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-young-'))
  after(() => rmSync(directory, { recursive: true, force: true }))

  it('holds what a frame makes, and grows no further', async () => {
    const file = join(directory, 'bytes')
    const session = peelInTerminal(['demo'], { env: { NODE_OPTIONS: `--import ${METER}`, PEEL_TEST_YOUNG: file } })
    try {
      await session.until(screen => /\d % hidden/.test(screen), 'read the image')
      for (const key of ['2', 'E', 'G', 'o', 'o', '1', 'j', 'k', '3', 'o', '4', 'o']) session.type(key)
      await session.settled()
      session.type(KEY.ctrlC)
      await session.ended()
    } finally {
      await session.close()
    }
    const bytes = Number(readFileSync(file, 'utf8'))
    assert.ok(bytes >= 12 * MEGABYTE && bytes <= 24 * MEGABYTE, `${bytes / MEGABYTE} MB`)
  })
})
