import type { TarEntry } from '../blob/tar-member.ts'
import type { Diagnostic } from '../error.ts'
import { addTo } from '../sums.ts'
import type { FilePath } from './file-path.ts'

/** The memory that the listing of a layer takes, by resource, each with a limit of its own. */
const RESOURCES = ['entries', 'names', 'attributes', 'directories'] as const
type Resource = (typeof RESOURCES)[number]

const SAID: Readonly<Record<Resource, string>> = {
  entries: 'there are too many of them for a layer of its size',
  names: 'their paths and link targets take more memory than a layer of its size is given',
  attributes: 'their extended attributes and sparse maps take more memory than a layer of its size is given',
  directories: 'their paths lead through too many directories that no entry lists',
}

/** Memory of one run of a sparse file, and of one attribute beside its bytes; files in use have two of them at most. */
const [RUN_BYTES, ATTRIBUTE_BYTES, FREE_ATTRIBUTES] = [64, 256, 2]
/** Directories that no entry lists, for each entry: archives in an odd order name several anew with each. */
const DIRECTORIES_PER_ENTRY = 16
const SEPARATOR = 0x2f

/**
 * How much of a layer is listed, by the size of its blob: a tar shrinks a thousandfold when it is compressed, so that a blob of 200 KB can
 * hold names and attributes for gigabytes of memory. The limits lie far above what layers have that hold files: those take a byte of blob
 * for a few bytes of names.
 */
export class LayerBudget {
  readonly #left: Record<Resource, number>
  readonly #refused = new Map<Resource, number>()
  #lastPath = ''

  /** `blobBytes`: size of the blob; infinite where the entries do not come from a stranger. */
  constructor(blobBytes: number) {
    this.#left = {
      entries: 2_000_000 + blobBytes,
      names: Math.min(MOST_NAME_BYTES, 64 * MEGABYTE + 32 * blobBytes),
      attributes: Math.min(MOST_ATTRIBUTE_BYTES, 16 * MEGABYTE + 8 * blobBytes),
      directories: 500_000,
    }
  }

  /** Whether there is room for an entry; takes it if so. `newAttributeBytes`: those of a set that no earlier entry has. */
  admit({ linkName, sparse, xattrs }: TarEntry, path: FilePath, newAttributeBytes: number): boolean {
    const overhead = newAttributeBytes === 0 ? 0 : Math.max(0, xattrs.length - FREE_ATTRIBUTES) * ATTRIBUTE_BYTES
    const wanted: Record<Resource, number> = {
      entries: 1,
      names: path.length + linkName.length,
      attributes: newAttributeBytes + overhead + (sparse?.length ?? 0) * RUN_BYTES,
      directories: Math.max(-DIRECTORIES_PER_ENTRY, newDirectories(this.#lastPath, path) - DIRECTORIES_PER_ENTRY),
    }
    for (const resource of RESOURCES) {
      if (wanted[resource] <= this.#left[resource]) continue
      addTo(this.#refused, resource)
      return false
    }
    for (const resource of RESOURCES) this.#left[resource] -= wanted[resource]
    this.#lastPath = path
    return true
  }

  /** A diagnostic for each limit that entries were left out for. */
  *diagnostics(): Generator<Diagnostic> {
    for (const [resource, count] of this.#refused) {
      const message = `${count} ${count === 1 ? 'entry is' : 'entries are'} left out: ${SAID[resource]}`
      yield { code: 'LAYER_BUDGET', severity: 'error', message }
    }
  }
}

const MEGABYTE = 1024 * 1024
/** The columns of a changeset end at offsets of 32 bits. */
const MOST_NAME_BYTES = 2 ** 31
/** Sets of attributes travel between threads as one text, which V8 limits to 512 MB. */
const MOST_ATTRIBUTE_BYTES = 128 * MEGABYTE

/** Directories of `path` that are not directories of `last`: as many at most are new to a tree. */
function newDirectories(last: string, path: string): number {
  let at = 0
  let shared = 0
  for (; at < path.length && path.charCodeAt(at) === last.charCodeAt(at); at++)
    if (path.charCodeAt(at) === SEPARATOR) shared = at + 1
  let count = 0
  for (at = shared; at < path.length; at++) if (path.charCodeAt(at) === SEPARATOR) count++
  return count
}
