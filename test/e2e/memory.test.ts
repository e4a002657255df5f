import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { writeLargeLayout } from '../kit/large-image.ts'
import { peelInTerminal } from '../kit/pty.ts'

/** Bytes of the whole process, its program text included (issue 2). */
const BUDGET = 250e6

describe('half a million entries on the screen', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-memory-'))
  after(() => rmSync(directory, { recursive: true, force: true }))

  for (const cache of ['cold', 'warm'])
    it(`take 250 MB at most, with the cache ${cache}`, { timeout: 120_000 }, async test => {
      if (cache === 'cold') writeLargeLayout(join(directory, 'image'), 500_000)
      const env = { XDG_CACHE_HOME: join(directory, 'cache') }
      const session = peelInTerminal([join(directory, 'image')], { env })
      try {
        await session.until(screen => /wasted/.test(screen) && /▾ \//.test(screen), 'show the files', 90_000)
        session.type('E')
        await session.shows('module_a_001.js')
        session.type('G')
        // The last file of the last directory: every entry has its row.
        await session.shows(/>.*module_b_099\.js/)
        await session.settled()
        const bytes = residentBytes(session.pid)
        test.diagnostic(`${cache}: ${(bytes / 1e6).toFixed(0)} MB`)
        assert.ok(bytes <= BUDGET, `${(bytes / 1e6).toFixed(0)} MB`)
      } finally {
        await session.close()
      }
    })
})

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
