import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { type Digest, isVerifiable, splitDigest } from '../blob/digest.ts'
import type { LayerScan } from '../check/layer-scan.ts'
import { SCAN_VERSION } from '../check/layer-scan.ts'
import type { LayerReading } from '../layer/reading.ts'
import { claimDirectory, isOwnDirectory, isOwnUid } from '../transport/cache/claimed-directory.ts'
import { openRegularFile } from '../transport/local-file.ts'
import { decodeReading, FORMAT_VERSION, readingChecksum } from './reading/reading-codec.ts'
import { decodeScan } from './scan-codec.ts'

/** Bytes of readings, with their checkpoints and blocks, kept unless told otherwise. Blobs of registries have a limit of their own. */
const CACHE_LIMIT = 2 * 1024 ** 3

/**
 * Readings by the digest of their layer: a layer never changes, so reading it once is enough. A file each, written beside
 * its place and renamed, so that any number of peels share the directory; a damaged file counts as absent. Nothing here
 * fails: a cache that cannot be read or written is no cache.
 */
export type ChangesetCache = {
  readonly directory: string
  /** Works in short turns, so that the interface can draw and answer keys meanwhile. */
  load(digest: Digest): Promise<LayerReading | undefined>
  /** The findings in the layer; undefined where it was not scanned, or for fewer kinds of secrets. */
  loadScan(digest: Digest): Promise<LayerScan | undefined>
  /** Whether there is a file for this layer, told at once; it may still be damaged. */
  has(digest: Digest): boolean
  /** Where the worker stores the reading of this layer; undefined when it is not to be stored. */
  place(digest: Digest): string | undefined
  /** Removes what was used least recently until the limit holds. */
  trim(): void
}

export type CacheOptions = { readonly directory?: string; readonly limit?: number }

export function createChangesetCache({ directory = cacheDirectory(), limit = CACHE_LIMIT }: CacheOptions = {}): ChangesetCache {
  let claimed: boolean | undefined
  const isClaimed = () => (claimed ??= claimDirectory(directory, OWN_NAMES))
  const place = (digest: Digest) => {
    // An algorithm that cannot be verified proves nothing about the content.
    return isVerifiable(digest) && isClaimed()
      ? join(directory, `layers-${FORMAT_VERSION}`, splitDigest(digest).join('-'))
      : undefined
  }
  return {
    directory,
    place,
    async load(digest) {
      const file = place(digest)
      const reading = file === undefined ? undefined : await loadFile(file).catch(() => undefined)
      return reading?.digest === digest ? reading : undefined
    },
    async loadScan(digest) {
      const file = place(digest)
      const bytes = file === undefined ? undefined : await readUsed(scanPlace(file)).catch(() => undefined)
      return bytes === undefined ? undefined : decodeScan(bytes, digest)
    },
    has(digest) {
      const file = place(digest)
      return file !== undefined && existsSync(file)
    },
    trim: () => void quietly(() => isClaimed() && trim(directory, limit)),
  }
}

/** `$XDG_CACHE_HOME/peel`, or `~/.cache/peel`; relative values of the variables are ignored (XDG base directories). */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const home = environment['XDG_CACHE_HOME']
  return join(home?.startsWith('/') ? home : join(homeDirectory(environment), '.cache'), 'peel')
}

function homeDirectory(environment: NodeJS.ProcessEnv): string {
  const home = environment['HOME']
  return home?.startsWith('/') ? home : userInfo().homedir
}

/** The directory for blobs of registries; undefined where the cache directory is not peel's to write to. */
export function blobCacheDirectory(directory = cacheDirectory()): string | undefined {
  return claimDirectory(directory, OWN_NAMES) ? join(directory, 'layout') : undefined
}

/**
 * Names of peel's own in the cache directory, beside its mark; Node keeps compiled code in `code` (bin/kept-code.cjs), searches keep
 * vectors in `vectors`.
 */
export const OWN_NAMES = /^(?:code|layers-\d+|layout|tables|vectors)$/
const LAYERS = /^layers-\d+$/
/** Readings, and beside them checkpoints, blocks, findings and tables of contents; the temporary files they were written as. */
const READING_NAME =
  /^(?:sha(?:256|512)-[0-9a-f]+(?:\.points|\.table|\.scan-[\w.]+|\.\d+\.\d+\.(?:block|point))?|\.[0-9a-f]{16}\.tmp)$/

/** The checkpoints of a layer lie beside its reading. */
export function checkpointPlace(place: string): string {
  return `${place}.points`
}

/** Of a table of contents, or an index, by its own digest. */
export function tablePlace(place: string): string {
  return `${place}.table`
}

/** So does what was found in it, for each version of the kinds of secrets. */
export function scanPlace(place: string): string {
  return `${place}.scan-${SCAN_VERSION}`
}

/** Writes a file of the cache whole or not at all, for the user alone. Fails quietly. */
export function storeFile(file: string, encoded: Uint8Array): void {
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`)
  const stored = quietly(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, encoded, { mode: 0o600 })
    renameSync(temporary, file)
    return true
  })
  if (stored === undefined) remove(temporary)
}

/** Bytes read and checked at a time: well under a millisecond of checking. */
const PIECE = 512 * 1024

async function loadFile(name: string): Promise<LayerReading | undefined> {
  const stats = lstatSync(name)
  if (!stats.isFile() || !isOwnUid(stats.uid)) return undefined
  const { handle, size } = await openRegularFile(name)
  await using file = handle
  const bytes = new Uint8Array(size)
  let checksum = 0
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - at), at)
    if (bytesRead === 0) return undefined
    checksum = readingChecksum(bytes.subarray(at, at + bytesRead), at, checksum)
    at += bytesRead
  }
  const reading = decodeReading(bytes, checksum)
  const now = Date.now() / 1000
  // The modification time is when it was used last: what trim goes by.
  if (reading !== undefined) await file.utimes(now, now).catch(() => undefined)
  return reading
}

/** A small file of the cache, which counts as used now. */
async function readUsed(name: string): Promise<Uint8Array> {
  await using file = (await openRegularFile(name)).handle
  const bytes = await file.readFile()
  const now = Date.now() / 1000
  await file.utimes(now, now).catch(() => undefined)
  return bytes
}

/** An hour: no writer takes longer between making a temporary file and renaming it. */
const ABANDONED_AFTER = 3_600_000

function trim(directory: string, limit: number): void {
  const whole: Kept[] = []
  let total = 0
  for (const kept of readingsIn(directory)) {
    total += kept.size
    if (!kept.file.endsWith('.tmp')) whole.push(kept)
    else if (Date.now() - kept.used > ABANDONED_AFTER) remove(kept.file)
  }
  if (total <= limit) return
  for (const { file, size } of whole.sort((a, b) => a.used - b.used)) {
    remove(file)
    total -= size
    if (total <= limit) return
  }
}

type Kept = { readonly file: string; readonly size: number; readonly used: number }

/** Files of the cache's own names, of this user and no links: files of others are neither counted nor removed. */
function* readingsIn(directory: string): Generator<Kept> {
  for (const version of readdirSync(directory)) {
    if (!LAYERS.test(version) || !isOwnDirectory(join(directory, version))) continue
    for (const name of readdirSync(join(directory, version))) {
      if (!READING_NAME.test(name)) continue
      const file = join(directory, version, name)
      const stats = lstatSync(file, { throwIfNoEntry: false })
      if (stats?.isFile() === true && isOwnUid(stats.uid)) yield { file, size: stats.size, used: stats.mtimeMs }
    }
  }
}

function remove(file: string): void {
  quietly(() => rmSync(file, { force: true }))
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
