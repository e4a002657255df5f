import type { ProgramMark } from './program-marker.ts'
import type { FileSecrets } from './secret-hit.ts'

/** Raised whenever a kind of secret is added or a scan finds something else: earlier scans that were kept are then not looked at. */
export const SCAN_VERSION = 4

/** The results of one pass over a layer's files besides its changeset, for `peel check`: kept beside the reading. */
export type LayerScan = {
  /** Files with secrets in them, by the entry that carries the bytes, ascending: each version of each file, whatever later layers make of it. */
  readonly files: readonly FileSecrets[]
  /** By rule: how many files with its secrets are not listed, because a layer full of them would fill memory. */
  readonly more: Readonly<Record<string, number>>
  /** Hashes that package databases have and readings have not, of set-id programs and of small files with secrets. */
  readonly sums: readonly EntrySums[]
  /** Contents of small files of package databases, by entry: without them each check would inflate layers to get at them. */
  readonly kept: ReadonlyMap<number, Uint8Array>
  /** Beginnings of files that rules ask for, by entry (`keptBytesOf`): of small texts all of them. */
  readonly heads: ReadonlyMap<number, Uint8Array>
  /** Programs and libraries with symbols or debugging information that `strip` takes out, and how many bytes of each. */
  readonly symbols: readonly (readonly [entry: number, bytes: number])[]
  /** Programs that look like an intruder's, as far as their bytes say it. */
  readonly marks: readonly (readonly [entry: number, mark: ProgramMark])[]
  /** Facts that tell this archive from another of the same files. */
  readonly packing: LayerPacking
}

/** The traces in a layer's archive of the machine and the moment that it was made by. */
type LayerPacking = {
  /** Of the gzip header: seconds since the epoch, 0 where it says none; and whether it names a file. */
  readonly gzipTime: number
  readonly hasGzipName: boolean
  /** Entries that name a user or a group other than root, besides the number. */
  readonly namedOwners: number
  /** Entries that say when they were read last. */
  readonly accessTimes: number
}

export type EntrySums = { readonly entry: number; readonly md5: string; readonly sha1: string }

/** The scan of a layer in which nothing was looked for. */
export const NO_SCAN: LayerScan = {
  files: [],
  more: {},
  sums: [],
  kept: new Map(),
  heads: new Map(),
  symbols: [],
  marks: [],
  packing: { gzipTime: 0, hasGzipName: false, namedOwners: 0, accessTimes: 0 },
}
