import { type BigIntStats, createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Descriptor } from '../../blob/descriptor.ts'
import { type Digest, isDigest, isVerifiable, splitDigest } from '../../blob/digest.ts'
import { verified } from '../../blob/read.ts'
import type { KeptBlob, LocalBlob } from '../../blob/source.ts'
import { claimDirectory, isOwnDirectory, isOwnUid } from '../cache/claimed-directory.ts'
import { CacheWriter, ingestPath } from './cache-writer.ts'

/** The limit of the cache unless the caller sets one, in bytes of blobs; the least recently used go first. */
const LIMIT = 4 * 1024 ** 3
const OWN_NAMES = /^(?:blobs|stamps|ingest|tags|oci-layout|index\.json)$/
/** The directory is an empty layout to other tools. */
const LAYOUT_FILES = [
  ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
  ['index.json', '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'],
] as const
const INGEST_NAME = /^[0-9a-f]{16}\.\d+\.[0-9a-f-]{36}$/
/** Milliseconds after which an unfinished download, whose process is gone, is swept away. */
const STALE = 3_600_000

export type BlobCacheOptions = {
  /** Bytes of blobs that are kept. */
  readonly limit?: number
  /** False in a process that runs for long: its blobs may be evicted like any other. */
  readonly pins?: boolean
}

/**
 * Blobs by digest on disk, in a directory that is itself an OCI layout (image-spec image-layout.md), shared by
 * processes. A blob gets its name only after its bytes were checked, by an atomic rename; a stamp beside it remembers
 * the file that was checked, and a file that is no longer that one is checked again before it is used.
 * The cache is a convenience: whatever fails in here makes a download, never an error.
 */
export class BlobCache {
  readonly directory: string
  readonly #limit: number
  readonly #pins: boolean
  /** Handed out in this run: never evicted by it. */
  readonly #inUse = new Set<Digest>()
  #prepared: Promise<void> | undefined
  /** Bytes held, as far as this process knows; counted at the first admission. */
  #held: number | undefined

  constructor(directory: string, { limit = LIMIT, pins = true }: BlobCacheOptions = {}) {
    this.directory = directory
    this.#limit = limit
    this.#pins = pins
  }

  /** The blob's file when it is here and its bytes are what its digest says. */
  async locate(blob: Descriptor): Promise<LocalBlob | undefined> {
    if (!isDigest(blob.digest) || !isVerifiable(blob.digest)) return undefined
    const file = this.#pathOf(blob.digest)
    const now = await lstat(file, { bigint: true }).catch(() => undefined)
    // A link, or what another user put there, is not believed whatever it holds.
    if (now?.isFile() !== true || !isOwnUid(now.uid)) return undefined
    // Another size is perhaps the descriptor's fault: the registry will tell.
    if (Number(now.size) !== blob.size) return undefined
    const stamp = this.#stampOf(blob.digest)
    const stamped = await readFile(stamp, 'utf8').catch(() => '')
    if (stamped !== stampText(now) && !(await this.#recheck(blob, file))) return undefined
    if (this.#pins) this.#inUse.add(blob.digest)
    const time = new Date()
    await utimes(stamp, time, time).catch(() => undefined)
    return { file, offset: 0, size: blob.size }
  }

  /** A place for a blob's bytes on their way; undefined where they cannot or should not be kept. */
  async writer(blob: Descriptor): Promise<CacheWriter | undefined> {
    if (!(await this.#canKeep(blob))) return undefined
    try {
      return await CacheWriter.open(join(this.directory, 'ingest'), blob, temporary => this.#admit(blob, temporary))
    } catch {
      return undefined
    }
  }

  /** A file that a reader fills and checks itself; undefined where the blob cannot or should not be kept. */
  async reserve(blob: Descriptor): Promise<Omit<KeptBlob, 'bytes'> | undefined> {
    if (!(await this.#canKeep(blob))) return undefined
    const file = ingestPath(join(this.directory, 'ingest'), blob)
    const discard = () => rm(file, { force: true }).catch(() => undefined)
    return { file, admit: () => this.#admit(blob, file).catch(discard), discard }
  }

  async #canKeep(blob: Descriptor): Promise<boolean> {
    if (!isDigest(blob.digest) || !isVerifiable(blob.digest) || blob.size > this.#limit) return false
    this.#prepared ??= this.#prepare()
    try {
      await this.#prepared
      return true
    } catch {
      return false
    }
  }

  #pathOf(digest: Digest): string {
    return join(this.directory, 'blobs', ...splitDigest(digest))
  }

  #stampOf(digest: Digest): string {
    return join(this.directory, 'stamps', splitDigest(digest).join('-'))
  }

  async #admit(blob: Descriptor, temporary: string): Promise<void> {
    const file = this.#pathOf(blob.digest)
    await rename(temporary, file)
    await this.#stamp(blob, file)
    if (this.#pins) this.#inUse.add(blob.digest)
    if (this.#held !== undefined) this.#held += blob.size
    if (this.#held === undefined || this.#held > this.#limit) this.#held = await evict(this.directory, this.#limit, this.#inUse)
  }

  /** Reads a file whose stamp does not fit: the file was touched, or a process died between rename and stamp. */
  async #recheck(blob: Descriptor, file: string): Promise<boolean> {
    try {
      for await (const _ of verified(createReadStream(file, { highWaterMark: 1024 * 1024 }), blob));
    } catch {
      await rm(file, { force: true }).catch(() => undefined)
      return false
    }
    // A right blob without a stamp is checked again the next time; it is no reason to remove it.
    await this.#stamp(blob, file).catch(() => undefined)
    return true
  }

  /**
   * A stamp names the very file that was checked: inode, size and both times. A process that writes into the file cannot set the change
   * time back, so a stamp that fits means that nothing was written. Its own time is the blob's last use. It is written under a name of
   * this call alone first: two that stamp one blob at once would take each other's file away.
   */
  async #stamp(blob: Descriptor, file: string): Promise<void> {
    const temporary = ingestPath(join(this.directory, 'ingest'), blob)
    await writeFile(temporary, stampText(await stat(file, { bigint: true })), { mode: 0o600 })
    await rename(temporary, this.#stampOf(blob.digest))
  }

  async #prepare(): Promise<void> {
    if (!claimDirectory(this.directory, OWN_NAMES)) throw new Error('the directory is not a cache of peel’s')
    for (const folder of ['blobs/sha256', 'blobs/sha512', 'ingest', 'stamps'])
      await mkdir(join(this.directory, folder), { recursive: true, mode: 0o700 })
    for (const [name, text] of LAYOUT_FILES)
      await writeFile(join(this.directory, name), text, { flag: 'wx', mode: 0o600 }).catch(() => undefined)
    const ingest = join(this.directory, 'ingest')
    for (const name of await readdir(ingest)) {
      if (!INGEST_NAME.test(name)) continue
      const { mtimeMs } = await stat(join(ingest, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
      if (mtimeMs < Date.now() - STALE) await rm(join(ingest, name), { force: true }).catch(() => undefined)
    }
  }
}

function stampText({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}\n`
}

/** Room made when the limit is passed, so that not every blob that comes walks the whole cache. */
const AFTER = 0.9

type Held = {
  readonly digest: Digest
  readonly file: string
  readonly stamp: string
  readonly size: number
  readonly used: number
}

/**
 * Removes the least recently used blobs until what is held fits into `limit` bytes again; those in `keep` stay.
 * Files open elsewhere live on until they are closed.
 * @returns bytes still held
 */
async function evict(directory: string, limit: number, keep: ReadonlySet<Digest>): Promise<number> {
  const held: Held[] = []
  let total = 0
  for await (const blob of blobsIn(directory)) {
    held.push(blob)
    total += blob.size
  }
  if (total <= limit) return total
  for (const { digest, file, stamp, size } of held.sort((a, b) => a.used - b.used)) {
    if (total <= limit * AFTER) break
    if (keep.has(digest)) continue
    await rm(file, { force: true }).catch(() => undefined)
    await rm(stamp, { force: true }).catch(() => undefined)
    total -= size
  }
  return total
}

/** Blobs under their own names, in directories of this user's that are no links: nothing else is counted or removed. */
async function* blobsIn(directory: string): AsyncGenerator<Held> {
  for (const algorithm of await namesIn(join(directory, 'blobs'))) {
    for (const encoded of await namesIn(join(directory, 'blobs', algorithm))) {
      const digest = `${algorithm}:${encoded}`
      const file = join(directory, 'blobs', algorithm, encoded)
      const stamp = join(directory, 'stamps', `${algorithm}-${encoded}`)
      const blob = await lstat(file).catch(() => undefined)
      if (blob === undefined || !blob.isFile() || !isOwnUid(blob.uid) || !isDigest(digest)) continue
      const { mtimeMs } = await lstat(stamp).catch(() => blob)
      yield { digest, file, stamp, size: blob.size, used: mtimeMs }
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return isOwnDirectory(directory) ? readdir(directory).catch(() => []) : []
}
