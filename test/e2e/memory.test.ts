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
    it(`take 250 MB at most, with the cache ${cache}`, { timeout: 120_000 }, async () => {
      if (cache === 'cold') writeLargeLayout(join(directory, 'image'), 500_000)
      const env = { XDG_CACHE_HOME: join(directory, 'cache') }
      const session = peelInTerminal([join(directory, 'image')], { env })
      try {
        await session.until(screen => /wasted/.test(screen) && /▾ \//.test(screen), 'show the files', 90_000)
        await session.settled()
        const bytes = residentBytes(session.pid)
        assert.ok(bytes <= BUDGET, `${(bytes / 1e6).toFixed(0)} MB`)
        // It is all there: the end of the list is the last file of the last directory.
        session.type('E', 'G')
        await session.shows('package-04999', 'module_b_099.js')
      } finally {
        await session.close()
      }
    })
})

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
