import { freeBytes } from '../../transport/temporary-directory.ts'

/** Tars that are inflated once instead of twice take a quarter of the free disk at most: the result needs room as well. */
const SHARE = 1 / 4

/** The disk that spooled tars may take for all layers together; a share is promised before it is known to be needed. */
export class SpoolAllowance {
  readonly #directory: string
  #left: Promise<number> | undefined
  #taken = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Whether `bytes` may be written; they are then taken until they are given back. */
  async take(bytes: number): Promise<boolean> {
    this.#left ??= freeBytes(this.#directory).then(free => free * SHARE)
    if (this.#taken + bytes > (await this.#left)) return false
    this.#taken += bytes
    return true
  }

  give(bytes: number): void {
    this.#taken -= bytes
  }
}
