import type { Rebuilt } from '../rebuild/rebuild.ts'

/**
 * What the last preview made, so that writing it does not make it again. There is one at most: it goes when anything else is
 * wished for, and with the program.
 */
export class KeptRebuild {
  #kept: { readonly key: string; readonly rebuilt: Rebuilt } | undefined

  /** The result of this very wish, which is the caller's now; what was kept of another is removed. */
  async take(key: string): Promise<Rebuilt | undefined> {
    const kept = this.#kept
    this.#kept = undefined
    if (kept?.key === key) return kept.rebuilt
    await kept?.rebuilt.dispose()
    return undefined
  }

  async keep(key: string, rebuilt: Rebuilt): Promise<void> {
    await this.close()
    this.#kept = { key, rebuilt }
  }

  async close(): Promise<void> {
    const kept = this.#kept
    this.#kept = undefined
    await kept?.rebuilt.dispose()
  }
}
