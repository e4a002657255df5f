/**
 * The blobs of an `ndb` database, rpm's own format on SUSE (rpm's lib/backend/ndb/rpmpkg.c): pages of slots of sixteen bytes, each
 * with where a package's blob lies in blocks of sixteen bytes; all numbers little-endian. Inconsistent entries are passed over.
 */
export function* ndbBlobs(database: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(database.buffer, database.byteOffset, database.byteLength)
  if (bytes.length < PAGE || bytes.toString('latin1', 0, 4) !== 'RpmP') return
  const slots = Math.min(bytes.readUInt32LE(12) * PAGE, bytes.length)
  // The head takes the place of two slots.
  for (let at = 2 * SLOT; at + SLOT <= slots; at += SLOT) {
    if (bytes.toString('latin1', at, at + 4) !== 'Slot') continue
    const [index, offset] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8) * BLOCK]
    // A slot that is free names no package.
    if (index === 0 || offset + BLOB_HEAD > bytes.length) continue
    if (bytes.toString('latin1', offset, offset + 4) !== 'BlbS' || bytes.readUInt32LE(offset + 4) !== index) continue
    const length = bytes.readUInt32LE(offset + 12)
    const start = offset + BLOB_HEAD
    if (start + length <= bytes.length) yield bytes.subarray(start, start + length)
  }
}

const PAGE = 4096
const SLOT = 16
const BLOCK = 16
/** Magic, index, generation, length. */
const BLOB_HEAD = 16
