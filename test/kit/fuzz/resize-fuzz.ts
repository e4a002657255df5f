import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Shown } from '../terminal/fake-terminal.ts'

const SIZES = [
  [80, 24],
  [120, 40],
  [100, 30],
  [60, 20],
  [200, 60],
  [40, 8],
  [30, 6],
  [79, 23],
] as const
/** Everything that moves or opens; nothing that ends the program or leaves it. */
const KEYS = [
  'j',
  'k',
  'j',
  'j',
  '\u001b[6~',
  'g',
  'G',
  '\t',
  ']',
  '[',
  'z',
  '1',
  '2',
  '3',
  '\r',
  '\u001b',
  'E',
  'C',
  'u',
  'o',
  't',
  '?',
]

/**
 * Quick resizes and keys, then the screen as it is held against the screen drawn anew by Ctrl-L: a row that was left
 * behind shows as a difference.
 */
export async function fuzzResizes({ terminal }: Shown, seed: number, steps: number): Promise<void> {
  const random = generator(seed)
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)]
    assert.ok(item !== undefined)
    return item
  }
  for (let step = 0; step < steps; step++) {
    if (random() < 0.3) {
      const [columns, rows] = pick(SIZES)
      terminal.resize(columns, rows)
    } else terminal.type(pick(KEYS))
    await pause(Math.floor(random() * 20))
  }
  terminal.type('\u001b')
  await terminal.quiet(250)
  const before = terminal.model.text()
  terminal.type('\u000c')
  await terminal.quiet(250)
  assert.equal(before, terminal.model.text(), `seed ${seed}: the screen was not what it should be`)
}

/** mulberry32: small, and the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
