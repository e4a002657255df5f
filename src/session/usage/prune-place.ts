import { existsSync } from 'node:fs'
import { rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { parseDigest } from '../../blob/digest.ts'
import { DOCUMENT_LIMIT } from '../../blob/read.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseLocation } from '../../image/location.ts'
import { elements, fromRaw, member } from '../../image/raw-json.ts'
import { eachBlobFile } from '../../transport/blob-files.ts'
import { linkThatLeadsOut } from '../../transport/file-in-directory.ts'
import { quotePath, readSmallFile, systemError } from '../../transport/local-file.ts'
import { withLock } from '../../transport/lock.ts'
import { syncDirectory, writeSmallFile } from '../../transport/staging.ts'
import { removeTemporary, temporaryPath } from '../../transport/temporary.ts'
import { errorCode } from '../../transport/text/usual-text.ts'
import { readIndexText, withEntryTexts } from '../../transport/written-index.ts'
import type { Asking } from '../asking.ts'
import { layoutDirectory, type PlaceUsage, placeUsage } from './place-usage.ts'
import { checkSafe } from './prune-safety.ts'
import type { TagSelection } from './select-tags.ts'

/**
 * Deletes the selected tags of a layout, what only they lead to, and what nothing leads to. All is counted anew under the
 * layout's lock. `index.json` is replaced first: a process that dies afterwards leaves blobs that the next run deletes, never a
 * tag without its blobs.
 * @throws ImageError `PRUNE_UNSUPPORTED` for what is no layout, `PRUNE_UNSAFE` when a document cannot be read, `DESTINATION_LOCKED`
 */
async function pruneLayout(asking: Asking, directory: string, typed: string, selection: TagSelection): Promise<PlaceUsage> {
  return withLock(directory, async stillHeld => {
    const usage = await placeUsage(asking, typed, selection)
    checkSafe(usage, typed)
    const gone = new Set(usage.selected.blobs)
    if (usage.selected.tags.length > 0) await replaceIndex(directory, usage, gone, stillHeld)
    await deleteBlobs(directory, [...gone, ...(usage.unreachable?.blobs ?? [])], asking.signal)
    return usage
  })
}

async function deleteBlobs(directory: string, digests: readonly string[], signal: AbortSignal): Promise<void> {
  await eachBlobFile(directory, digests.map(parseDigest), async (file, digest) => {
    signal.throwIfAborted()
    await unlink(file).catch(thrown => {
      if (errorCode(thrown) !== 'ENOENT') throw systemError(thrown, `delete ${digest} of ${quotePath(directory)}`)
    })
  })
}

/** Deletes what a selection names, wherever it is that peel can delete. @throws ImageError `PRUNE_UNSUPPORTED` for an archive, and those of both */
export async function prunePlace(asking: Asking, typed: string, selection: TagSelection): Promise<PlaceUsage> {
  const place = await prunedPlace(typed)
  if (place.directory !== undefined) return pruneLayout(asking, place.directory, typed, selection)
  const { pruneRegistry } = await import('./prune-registry.ts')
  return pruneRegistry(asking, typed, place.repository, selection)
}

type PrunedPlace =
  | { readonly directory: string }
  | { readonly directory?: undefined; readonly repository: { readonly host: string; readonly path: string } }

/** @throws ImageError `PRUNE_UNSUPPORTED`, `PRUNE_UNSAFE` for a layout whose blobs lie elsewhere: those are not its own to delete */
export async function prunedPlace(typed: string): Promise<PrunedPlace> {
  const place = parseLocation(typed, existsSync)
  const directory = layoutDirectory(place)
  if (directory !== undefined) {
    const link = await linkThatLeadsOut(directory)
    if (link === undefined) return { directory }
    const why = `its directory ${quotePath(link)} is a link that leads out of it`
    throw new ImageError(
      'PRUNE_UNSAFE',
      { action: `prune ${escapeText(typed)}`, why },
      { hint: 'Prune the layout that the link leads to.' },
    )
  }
  if (place.transport === 'docker') return { repository: { host: place.reference.domain, path: place.reference.path } }
  throw new ImageError(
    'PRUNE_UNSUPPORTED',
    { action: `prune ${escapeText(typed)}`, why: 'it is neither an OCI layout in a directory nor a repository of a registry' },
    { hint: 'An archive is written anew by "peel copy" with the tags that stay.' },
  )
}

async function replaceIndex(
  directory: string,
  { selected }: PlaceUsage,
  gone: ReadonlySet<string>,
  stillHeld: () => Promise<boolean>,
): Promise<void> {
  const path = join(directory, 'index.json')
  const index = readIndexText(await readSmallFile(path, DOCUMENT_LIMIT))
  const keyOf = (digest: unknown, name: unknown) => JSON.stringify([digest, name ?? null])
  const names = new Set(selected.tags.map(({ name, digest, isUntagged }) => keyOf(digest, isUntagged ? undefined : name)))
  const stays = (item: unknown) => {
    if (!isRecord(item)) return true
    const annotations = isRecord(item['annotations']) ? item['annotations'] : {}
    const name = annotations['org.opencontainers.image.ref.name'] ?? annotations['io.containerd.image.name']
    return !gone.has(String(item['digest'])) && !names.has(keyOf(item['digest'], name === '' ? undefined : name))
  }
  const replacement = temporaryPath(directory)
  try {
    const left = elements(member(index, 'manifests')).filter(entry => stays(fromRaw(entry)))
    await writeSmallFile(replacement, withEntryTexts(index, left))
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
