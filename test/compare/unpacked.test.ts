import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { peerTest } from '../kit/peer.ts'
import { agrees, orderlyPairs } from './unpacked-pair.ts'

/** umoci refuses some of what the specification allows; the others must agree. */
const PAIRS = 30
const MUST_AGREE = 10

describe('random pairs of images', () => {
  peerTest(
    'differ as GNU diff and stat find what umoci unpacks to differ',
    ['umoci', 'diff', 'stat', 'find'],
    () => {
      const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'peel-compare-'))
      try {
        const agreed = orderlyPairs(PAIRS, 1).filter((pair, index) => agrees(join(directory, String(index)), pair)).length
        assert.ok(agreed >= MUST_AGREE, `umoci unpacked ${agreed} of ${PAIRS}`)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
    { root: true, timeout: 300_000 },
  )
})
