import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch } from '../kit/image/local-image.ts'
import { run } from '../kit/peer.ts'

const ROUNDS = 20
const CASES = 2500
const SCRIPT = fileURLToPath(new URL('../kit/fuzz/open-fuzz-run.ts', import.meta.url))

describe('a hundred thousand hostile inputs give an error or an image, soon, in less than 512 MB', () => {
  test('documents', context => soak(context, 'documents', 100))
  test('archives', context => soak(context, 'archives', 500))
})

function soak(context: TestContext, kind: string, firstSeed: number): void {
  const file = join(scratch(context), 'archive')
  let [opened, most] = [0, 0]
  for (let seed = firstSeed; seed < firstSeed + ROUNDS; seed++) {
    const result = JSON.parse(
      run(process.execPath, ['--import', 'tsx', SCRIPT, kind, String(seed), String(CASES), file]).toString(),
    )
    opened += result.opened
    most = Math.max(most, result.rss)
  }
  assert.ok(opened > ROUNDS * CASES * 0.2)
  context.diagnostic(`${opened} of ${ROUNDS * CASES} ${kind} opened, at most ${most >> 20} MiB`)
}
