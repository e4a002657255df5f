import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FILE = join(tmpdir(), 'peel-mutate-seconds.json')

/** The seconds that test files take, the shortest run of each: learnt while they run, kept for the next time. */
export class TestSeconds {
  readonly #known = new Map<string, number>()

  constructor() {
    try {
      for (const [test, each] of Object.entries(JSON.parse(readFileSync(FILE, 'utf8')))) this.#known.set(test, Number(each))
    } catch {
      // Nothing is known yet: every test counts as a quick one.
    }
  }

  add(test: string, seconds: number): void {
    if (seconds >= (this.#known.get(test) ?? Number.POSITIVE_INFINITY)) return
    this.#known.set(test, seconds)
    writeFileSync(FILE, JSON.stringify(Object.fromEntries(this.#known)))
  }

  /** Imports that a test may be nearer for its time: one for each doubling beyond two seconds. */
  penalty(test: string): number {
    return Math.max(0, Math.log2((this.#known.get(test) ?? 0) / 2))
  }
}
