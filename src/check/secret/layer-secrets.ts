import type { FileSecrets, SecretHit } from '../secret-hit.ts'

/** What was found in the files of one layer, each version of each file, whatever later layers make of it. */
export type LayerSecrets = {
  /** By the entry that carries the bytes, ascending; only files with hits. */
  readonly files: readonly FileSecrets[]
  /** Files with hits that are not listed, because a layer full of them would fill memory. */
  readonly more: number
}

/** Hits that are kept of one layer: more than anybody reads, and some megabytes. */
const MOST_HITS = 20_000

/** Collects what is found in a layer as its files pass. */
export class LayerSecretsBuilder {
  readonly #files: FileSecrets[] = []
  #hits = 0
  #more = 0

  add(entry: number, hits: readonly SecretHit[]): void {
    if (hits.length === 0) return
    this.#hits += hits.length
    if (this.#hits > MOST_HITS) this.#more++
    else this.#files.push({ entry, hits })
  }

  finish(): LayerSecrets {
    return { files: this.#files, more: this.#more }
  }
}
