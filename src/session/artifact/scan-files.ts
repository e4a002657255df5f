import { setImmediate } from 'node:timers/promises'
import type { LayerScan } from '../../check/layer-scan.ts'
import { LayerScanner } from '../../check/packages/layer-scanner.ts'
import { ImageError } from '../../error.ts'
import { at, type Changeset, entryPath, entryType } from '../../layer/changeset.ts'

/** Larger files are weights and databases, in which text would be found by chance alone, bytes. */
const LARGEST = 256 * 1024 * 1024
/** Bytes looked at between two looks at signals. */
const TURN = 8 * 1024 * 1024

/** Looks into every file as the thread that reads a tar does (`LayerScanner`), file by file; one that cannot be read is passed over. */
export async function scanFiles(
  changeset: Changeset,
  content: (entry: number) => AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<LayerScan> {
  const scanner = new LayerScanner()
  let turn = TURN
  for (let entry = 0; entry < changeset.length; entry++) {
    const size = at(changeset.sizes, entry)
    if (entryType(changeset, entry) !== 'file' || size === 0 || size > LARGEST) continue
    scanner.begin(entryPath(changeset, entry), at(changeset.modes, entry), size)
    try {
      for await (const { buffer, byteOffset, byteLength } of content(entry)) {
        scanner.data(Buffer.from(buffer, byteOffset, byteLength))
        turn -= byteLength
        if (turn > 0) continue
        turn = TURN
        await setImmediate()
        signal?.throwIfAborted()
      }
    } catch (error) {
      if (!(error instanceof ImageError) || error.code !== 'FILESYSTEM_UNSUPPORTED') throw error
    }
    scanner.end(entry)
  }
  return scanner.finish()
}
