import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { WINDOW_LIMIT, type ZstdCheckpoint } from '../../blob/stream/zstd-checkpoint.ts'
import { BlockWrites } from './block-writes.ts'
import { discardBlocks, type HeldBlock, publishBlocks, readCacheBlock } from './cache-block.ts'

/** Bytes of checkpoints on their way to the disk before a reader waits, and before more are left out: each may be a window of `WINDOW_LIMIT`. */
const [MANY_BYTES, MOST_BYTES] = [8 * 1024 * 1024, 24 * 1024 * 1024]

/** Before the dictionary: the offset in the blob, the byte of the window, whether there is a checksum. */
const HEAD = 10

/**
 * Keeps the checkpoints of a zstd layer beside its reading, a file each, compressed with a checksum: evicted one by one as the least
 * recently used of the cache. Their names say where they are, so that finding one reads no other.
 */
export class FramePointWriter {
  readonly #place: string
  readonly #held: HeldBlock[] | undefined
  readonly #writes: BlockWrites
  #used = false

  /** `place`: where the layer's reading is stored. `held`: nothing is found there before `close` says that the layer has its digest. */
  constructor(place: string, { held }: { readonly held: boolean }) {
    this.#place = place
    this.#held = held ? [] : undefined
    this.#writes = new BlockWrites(this.#held)
  }

  /** A disk that is full, slow or fails costs checkpoints, and nothing else. */
  add({ uncompressed, compressed, window, checksum, dictionary }: ZstdCheckpoint): void {
    if (this.#writes.failed || this.#writes.bytes >= MOST_BYTES) return
    this.#used = true
    const size = HEAD + dictionary.length
    const block = this.#writes.buffer(size)
    block.writeDoubleLE(compressed)
    block[8] = window
    block[9] = checksum ? 1 : 0
    dictionary.copy(block, HEAD)
    this.#writes.store(pointFile(this.#place, uncompressed, compressed), block, size)
  }

  /** Whether anything was kept. */
  get isUsed(): boolean {
    return this.#used
  }

  get isWriting(): boolean {
    return this.#writes.count > 0
  }

  /** Waits while too much is on its way to the disk; not for ever on a slow one. */
  async ready(): Promise<void> {
    await this.#writes.ready(() => this.#writes.bytes >= MANY_BYTES)
  }

  /** `verified`: the layer was read to its end and has its digest. Fails quietly. */
  async close(verified = true): Promise<void> {
    await this.#writes.end()
    if (this.#held !== undefined) await (verified ? publishBlocks(this.#held) : discardBlocks(this.#held)).catch(() => undefined)
  }
}

/** Where inflating can start in the middle of a frame. */
export type FramePlace = { readonly compressed: number; readonly uncompressed: number }

/** The places that the layer has checkpoints for, ordered. */
export async function framePlaces(place: string): Promise<FramePlace[]> {
  const names = await readdir(dirname(place)).catch(() => [])
  const start = `${basename(place)}.`
  return names
    .filter(name => name.startsWith(start) && name.endsWith('.point'))
    .map(name => {
      const [uncompressed = 0, compressed = 0] = name.slice(start.length).split('.').map(Number)
      return { uncompressed, compressed }
    })
    .sort((a, b) => a.uncompressed - b.uncompressed)
}

/** The last checkpoint behind `least` and not behind `most`. Those that are gone or damaged are taken out of `places`: they are to be found anew. */
export async function takeFramePoint(
  place: string,
  places: FramePlace[],
  least: number,
  most: number,
): Promise<ZstdCheckpoint | undefined> {
  for (let index = places.length - 1; index >= 0; index--) {
    const each = places[index]
    if (each === undefined || each.uncompressed <= least || each.uncompressed > most) continue
    const point = await readFramePoint(place, each)
    if (point !== undefined) return point
    places.splice(index, 1)
  }
  return undefined
}

async function readFramePoint(place: string, { uncompressed, compressed }: FramePlace): Promise<ZstdCheckpoint | undefined> {
  const bytes = await readCacheBlock(pointFile(place, uncompressed, compressed), WINDOW_LIMIT + MARGIN)
  if (bytes === undefined || bytes.length < HEAD || bytes.readDoubleLE() !== compressed) return undefined
  return { compressed, uncompressed, window: bytes[8] ?? 0, checksum: bytes[9] === 1, dictionary: bytes.subarray(HEAD) }
}

/** More than the head of a dictionary takes. */
const MARGIN = 2048

function pointFile(place: string, uncompressed: number, compressed: number): string {
  return `${place}.${uncompressed}.${compressed}.point`
}
