import { bdbHashValues } from './bdb-hash.ts'
import { ndbBlobs } from './ndb-blobs.ts'
import { MOST_FILES, MOST_PACKAGES, type PackageRecord } from './package-record.ts'
import { parseRpmHeader } from './rpm-header.ts'
import { sqliteBlobs } from './sqlite-table.ts'

/** The packages of an rpm database in any of its three formats, told apart by their bytes; imported keys are no packages. */
export function* parseRpmDatabase(database: Uint8Array): Generator<PackageRecord> {
  let [packages, files, left] = [0, 0, database.length]
  for (const blob of blobsOf(database)) {
    // Rows that all lie in the same bytes are a trap.
    left -= blob.length
    if (left < 0) return
    const made = parseRpmHeader(blob)
    if (made === undefined || made.name === 'gpg-pubkey') continue
    files += made.files.length
    if (++packages > MOST_PACKAGES || files > MOST_FILES) return
    yield made
  }
}

function blobsOf(database: Uint8Array): Iterable<Uint8Array> {
  const start = Buffer.from(database.subarray(0, 16)).toString('latin1')
  if (start.startsWith('SQLite format 3')) return sqliteBlobs(database, 'Packages')
  return start.startsWith('RpmP') ? ndbBlobs(database) : bdbHashValues(database)
}
