import type { Descriptor } from '../blob/descriptor.ts'
import { splitDigest } from '../blob/digest.ts'
import { detachedEntry } from '../blob/tar-member.ts'
import type { Diagnostic } from '../error.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'

/**
 * A blob as a layer of one file, which is the whole of it: mode 0644, owner 0:0, no time.
 * Nothing was read: that its content is the blob's is proven when the content is read, by the blob's digest.
 */
export function wholeBlob(blob: Descriptor, path: FilePath, diagnostics: readonly Diagnostic[]): LayerReading {
  const builder = new ChangesetBuilder({ marks: false })
  builder.add(detachedEntry({ name: path, typeflag: '0', mode: 0o644, size: blob.size }))
  const [algorithm, encoded] = splitDigest(blob.digest)
  builder.setHash(algorithm === 'sha256' ? Buffer.from(encoded, 'hex') : new Uint8Array(32))
  const changeset = builder.finish()
  return {
    digest: blob.digest,
    size: blob.size,
    diffID: blob.digest,
    compression: 'none',
    tarSize: blob.size,
    accessPoints: [],
    changeset: { ...changeset, diagnostics: [...diagnostics, ...changeset.diagnostics] },
  }
}
