import { existsSync } from 'node:fs'
import { rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { parseDigest } from '../../blob/digest.ts'
import { parseJsonObject } from '../../blob/json.ts'
import { DOCUMENT_LIMIT } from '../../blob/read.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseLocation } from '../../image/location.ts'
import { blobPath } from '../../transport/layout.ts'
import { errorCode, quotePath, readSmallFile, systemError } from '../../transport/local-file.ts'
import { withLock } from '../../transport/lock.ts'
import { syncDirectory, writeSmallFile } from '../../transport/staging.ts'
import { removeTemporary, temporaryPath } from '../../transport/temporary.ts'
import type { Asking } from '../asking.ts'
import { layoutDirectory, type PlaceUsage, placeUsage } from './place-usage.ts'
import type { TagSelection } from './select-tags.ts'

/**
 * Deletes the selected tags of a layout, what only they lead to, and what nothing leads to. All is counted anew under the
 * layout's lock. `index.json` is replaced first: a process that dies afterwards leaves blobs that the next run deletes, never a
 * tag without its blobs.
 * @throws ImageError `PRUNE_UNSUPPORTED` for what is no layout, `PRUNE_UNSAFE` when a document cannot be read, `DESTINATION_LOCKED`
 */
export async function pruneLayout(asking: Asking, typed: string, selection: TagSelection): Promise<PlaceUsage> {
  const directory = prunedDirectory(typed)
  return withLock(directory, async stillHeld => {
    const usage = await placeUsage(asking, typed, selection)
    checkSafe(usage, typed)
    const gone = new Set(usage.selected.blobs)
    if (usage.selected.tags.length > 0) await replaceIndex(directory, usage, gone, stillHeld)
    for (const digest of [...gone, ...(usage.unreachable?.blobs ?? [])]) {
      asking.signal.throwIfAborted()
      const path = join(directory, blobPath(parseDigest(digest)))
      await unlink(path).catch(thrown => {
        if (errorCode(thrown) !== 'ENOENT') throw systemError(thrown, `delete ${quotePath(path)}`)
      })
    }
    return usage
  })
}

/** @throws ImageError `PRUNE_UNSUPPORTED` */
export function prunedDirectory(typed: string): string {
  const directory = layoutDirectory(parseLocation(typed, existsSync))
  if (directory !== undefined) return directory
  throw new ImageError(
    'PRUNE_UNSUPPORTED',
    { action: `prune ${escapeText(typed)}`, why: 'it is no OCI layout in a directory' },
    { hint: 'An archive is written anew by "peel copy" with the tags that stay; a registry deletes in its own console.' },
  )
}

/** A document that is there and damaged may lead to blobs that would seem unreachable. */
function checkSafe({ damaged }: PlaceUsage, typed: string): void {
  const [first] = damaged
  if (first === undefined) return
  throw new ImageError(
    'PRUNE_UNSAFE',
    { action: `prune ${escapeText(typed)}`, why: `what it needs is not known: ${first.message}` },
    { hint: 'Repair or remove that image first; "peel verify" tells more.', cause: first },
  )
}

async function replaceIndex(
  directory: string,
  { selected }: PlaceUsage,
  gone: ReadonlySet<string>,
  stillHeld: () => Promise<boolean>,
): Promise<void> {
  const path = join(directory, 'index.json')
  const { value } = parseJsonObject(await readSmallFile(path, DOCUMENT_LIMIT), 'index.json')
  const manifests: readonly unknown[] = Array.isArray(value['manifests']) ? value['manifests'] : []
  const names = new Set(selected.tags.map(({ name, digest }) => `${digest} ${name}`))
  const stays = (item: unknown) => {
    if (!isRecord(item)) return true
    const annotations = isRecord(item['annotations']) ? item['annotations'] : {}
    const name = annotations['org.opencontainers.image.ref.name'] ?? annotations['io.containerd.image.name']
    return !gone.has(String(item['digest'])) && !names.has(`${item['digest']} ${name}`)
  }
  const replacement = temporaryPath(directory)
  try {
    await writeSmallFile(replacement, JSON.stringify({ ...value, manifests: manifests.filter(stays) }))
    if (!(await stillHeld())) throw lockLost()
    await rename(replacement, path)
    await syncDirectory(directory)
  } finally {
    await removeTemporary(replacement)
  }
}

function lockLost(): ImageError {
  const why = 'another peel took the lock over while this one stood still'
  return new ImageError(
    'DESTINATION_CHANGED',
    { action: 'prune the layout', why },
    { hint: 'Nothing was deleted; run it again.' },
  )
}
