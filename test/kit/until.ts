import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'

/** Turns of waiting before a test fails: half a minute, which a busy machine needs, and no test run stands still for. */
const MOST_TURNS = 3000

/** Waits until `holds`, and fails with `expectation` where it never does: a loop without an end would stop the whole run. */
export async function until(holds: () => boolean, expectation: string): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < MOST_TURNS, `waited in vain until ${expectation}`)
    await wait(10)
  }
}
