import { stat } from 'node:fs/promises'

/** Files that were written and wait to be used: whether each is still the one that was written, which its digest was taken of. */
export class FileStamps {
  readonly #stamps = new Map<string, string>()

  /** Called when a file is whole. */
  async add(file: string): Promise<void> {
    const stamp = await stampOf(file)
    if (stamp !== undefined) this.#stamps.set(file, stamp)
  }

  /** False for a file that is gone, that was written to, or that something else took the place of. */
  async isUnchanged(file: string): Promise<boolean> {
    const stamp = this.#stamps.get(file)
    return stamp !== undefined && stamp === (await stampOf(file))
  }
}

/** Times in nanoseconds; that of the last change of the file itself cannot be set back. */
async function stampOf(file: string): Promise<string | undefined> {
  const stats = await stat(file, { bigint: true }).catch(() => undefined)
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ')
}
