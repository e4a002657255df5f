import { contentSums } from '../blob/checksum.ts'
import type { LayerScan } from '../check/layer-scan.ts'
import type { Ownership } from '../check/ownership.ts'
import { assembleOwners } from '../check/packages/assemble-owners.ts'
import { type DatabaseFile, databaseFiles, essenceOf } from '../check/packages/database-files.ts'
import type { FileToProve } from '../check/packages/files-to-prove.ts'
import type { Image } from '../image/load.ts'
import { entryPath } from '../layer/changeset.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { Merged } from './merged.ts'
import type { Session } from './session.ts'

export type OwnershipOptions = {
  /** Files that `Ownership.ownerOf` will be asked about and shall say `proven` or `changed` of, not only `unknown`: dpkg has md5, apk sha1. */
  readonly prove?: Iterable<FileToProve>
  /** Also what npm, gems and Debian's copyright files say: names, versions and licences, at the cost of reading thousands of files. */
  readonly everything?: boolean
  readonly signal: AbortSignal
}

/**
 * Reads the package databases of an image in every state they were in: of each layer that wrote any of them their files, in one pass,
 * then the files to prove. Contents that scans of the layers kept are not read again: for most images nothing is.
 * @throws ImageError as `Session.readFilesInOnePass`
 */
export async function readOwnership(
  { session, image }: { readonly session: Pick<Session, 'readFilesInOnePass'>; readonly image: Image },
  { readings, stack, scans = [] }: Pick<Merged, 'readings' | 'stack'> & { readonly scans?: readonly LayerScan[] },
  { prove = [], everything = false, signal }: OwnershipOptions,
): Promise<Ownership> {
  const files = await inTurns(databaseFiles(stack, { everything }), signal)
  const bytes = new Map<string, Uint8Array>()
  const keyOf = ({ content }: DatabaseFile) => `${content.layer} ${content.entry}`
  const pass = async (wanted: Iterable<FileToProve>, use: (key: string, content: AsyncIterable<Uint8Array>) => Promise<void>) => {
    for (const [layer, entries] of Map.groupBy(wanted, each => each.layer)) {
      const [reading, blob] = [readings[layer], image.layers[layer]?.blob]
      if (reading === undefined || blob === undefined) continue
      const once = [...new Set(entries.map(({ entry }) => entry))]
      for await (const { entry, bytes: content } of session.readFilesInOnePass(blob, reading, once, signal))
        await use(`${layer} ${entry}`, content)
    }
  }
  for (const [layer, scan] of scans.entries()) for (const [entry, content] of scan.kept) bytes.set(`${layer} ${entry}`, content)
  const byKey = new Map(files.map(file => [keyOf(file), file]))
  const kept = (key: string, content: Uint8Array) => {
    const file = byKey.get(key)
    return file === undefined ? content : essenceOf(file, content)
  }
  await pass(
    files.map(({ content }) => content).filter(({ layer, entry }) => !bytes.has(`${layer} ${entry}`)),
    async (key, content) => void bytes.set(key, kept(key, await whole(content))),
  )
  const table = await inTurns(
    assembleOwners(stack, files, file => bytes.get(keyOf(file))),
    signal,
  )
  bytes.clear()
  const sums = new Map<string, Sums>()
  for (const [layer, scan] of scans.entries()) for (const { entry, ...known } of scan.sums) sums.set(`${layer} ${entry}`, known)
  // Only what a package owns can be held against anything.
  const unproven = table.ownership(sums)
  const owned = [...prove].filter(({ layer, entry }) => {
    const changeset = stack.changesets[layer]
    return (
      changeset !== undefined &&
      unproven.ownerOf(entryPath(changeset, entry), layer, entry)?.published === 'unknown' &&
      !sums.has(`${layer} ${entry}`)
    )
  })
  await pass(owned, async (key, content) => void sums.set(key, await sumsOf(content)))
  return table.ownership(sums)
}

type Sums = { readonly md5: string; readonly sha1: string }

async function whole(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  // Copies: a piece is part of a buffer that is used again.
  for await (const piece of content) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

async function sumsOf(content: AsyncIterable<Uint8Array>): Promise<Sums> {
  const sums = contentSums()
  for await (const piece of content) sums.update(piece)
  return sums.digest()
}
