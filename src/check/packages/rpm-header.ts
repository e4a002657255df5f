import { type FileDigest, MOST_FILES, type OwnedFile, type PackageRecord } from './package-record.ts'

/**
 * One package of an rpm database: a header as rpm keeps it (rpm's format document, "Header structure"): the number of entries and of
 * data bytes, then for each entry tag, type, offset and count, all big-endian, then the data. Undefined for what is none: a
 * database is a stranger's.
 */
export function parseRpmHeader(bytes: Uint8Array): PackageRecord | undefined {
  const header = HeaderReader.of(bytes)
  const name = header?.text(TAG.name)
  if (header === undefined || name === undefined || name === '') return undefined
  const epoch = header.numbers(TAG.epoch)[0]
  const version = `${epoch === undefined ? '' : `${epoch}:`}${header.text(TAG.version) ?? ''}-${header.text(TAG.release) ?? ''}`
  const [licence, architecture] = [header.text(TAG.licence), header.text(TAG.architecture)]
  return {
    type: 'rpm',
    name,
    version,
    ...(licence !== undefined && { licence }),
    ...(architecture !== undefined && { architecture }),
    depends: header.texts(TAG.requires),
    recommends: header.texts(TAG.recommends),
    suggests: header.texts(TAG.suggests),
    provides: header.texts(TAG.provides),
    files: filesOf(header),
  }
}

const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  licence: 1014,
  architecture: 1022,
  oldFileNames: 1027,
  modes: 1030,
  digests: 1035,
  flags: 1037,
  provides: 1047,
  requires: 1049,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  digestAlgorithm: 5011,
  recommends: 5046,
  suggests: 5049,
} as const

/** Numbers of the OpenPGP registry; MD5 where nothing is said. */
const ALGORITHMS: Readonly<Record<number, FileDigest['algorithm']>> = {
  1: 'md5',
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
}

/** Configuration is the administrator's, a ghost is only reserved: their digests prove nothing. */
const CONFIG_OR_GHOST = 1 | 64

function filesOf(header: HeaderReader): readonly OwnedFile[] {
  const [bases, directories, indexes] = [header.texts(TAG.baseNames), header.texts(TAG.dirNames), header.numbers(TAG.dirIndexes)]
  const names =
    bases.length > 0
      ? bases.map((base, index) => `${directories[indexes[index] ?? -1] ?? ''}${base}`)
      : header.texts(TAG.oldFileNames)
  const [modes, flags, digests] = [header.numbers(TAG.modes), header.numbers(TAG.flags), header.texts(TAG.digests)]
  const algorithm = ALGORITHMS[header.numbers(TAG.digestAlgorithm)[0] ?? 1]
  return names.flatMap((name, index) => {
    // One name of a directory is shared by its files: a long one would be copied for each.
    if (name.length > LONGEST_PATH) return []
    const hex = digests[index] ?? ''
    const proves = algorithm !== undefined && hex !== '' && ((flags[index] ?? 0) & CONFIG_OR_GHOST) === 0
    const mode = modes[index]
    return {
      path: name.replace(/^\/+/, ''),
      ...(mode !== undefined && { mode: mode & 0o7777 }),
      ...(proves && { digest: { algorithm, hex } }),
    }
  })
}

const LONGEST_PATH = 4096

type Entry = { readonly type: number; readonly offset: number; readonly count: number }

/** More entries than any header has. */
const MOST_ENTRIES = 64 * 1024

/** Bytes of a number by its type: CHAR, INT8, INT16, INT32, INT64. */
const WIDTHS: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 }
const STRINGS = new Set([6, 8, 9])

class HeaderReader {
  readonly #entries: ReadonlyMap<number, Entry>
  readonly #data: Buffer

  private constructor(entries: ReadonlyMap<number, Entry>, data: Buffer) {
    this.#entries = entries
    this.#data = data
  }

  static of(bytes: Uint8Array): HeaderReader | undefined {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer.length < 8) return undefined
    const [count, length] = [buffer.readUInt32BE(0), buffer.readUInt32BE(4)]
    const start = 8 + count * 16
    if (count > MOST_ENTRIES || start + length > buffer.length) return undefined
    const entries = new Map<number, Entry>()
    for (let at = 8; at < start; at += 16) {
      const tag = buffer.readUInt32BE(at)
      // The first of two wins: a later addition does not change the package.
      if (!entries.has(tag)) {
        entries.set(tag, {
          type: buffer.readUInt32BE(at + 4),
          offset: buffer.readUInt32BE(at + 8),
          count: buffer.readUInt32BE(at + 12),
        })
      }
    }
    return new HeaderReader(entries, buffer.subarray(start, start + length))
  }

  text(tag: number): string | undefined {
    return this.texts(tag, 1)[0]
  }

  /** Strings that end in a NUL, one character a byte; fewer where the data ends before. */
  texts(tag: number, most = MOST_FILES): readonly string[] {
    const entry = this.#entries.get(tag)
    if (entry === undefined || !STRINGS.has(entry.type)) return []
    const texts: string[] = []
    for (let at = entry.offset; texts.length < Math.min(entry.count, most); ) {
      const end = this.#data.indexOf(0, at)
      if (at >= this.#data.length || end === -1) break
      texts.push(this.#data.toString('latin1', at, end))
      at = end + 1
    }
    return texts
  }

  numbers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag)
    const width = entry === undefined ? undefined : WIDTHS[entry.type]
    if (entry === undefined || width === undefined) return []
    const count = Math.min(entry.count, MOST_FILES, Math.floor((this.#data.length - entry.offset) / width))
    const data = this.#data
    return Array.from({ length: Math.max(0, count) }, (_, index) => {
      const at = entry.offset + index * width
      return width === 8 ? Number(data.readBigUInt64BE(at)) : data.readUIntBE(at, width)
    })
  }
}
