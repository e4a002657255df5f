import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { RepositoryName } from '../../transport/http/registry-options.ts'
import { RegistryClient } from '../../transport/registry/client.ts'
import { deleteManifest } from '../../transport/registry/delete-manifest.ts'
import { headDocument } from '../../transport/registry/remote-document.ts'
import { listTags } from '../../transport/registry/tags.ts'
import { listedPlace } from '../../transport/remote.ts'
import type { Asking } from '../asking.ts'
import { registryOptions } from '../remote.ts'
import { deletionOrder } from './deletion-order.ts'
import { type PlaceUsage, placeUsage } from './place-usage.ts'
import { checkSafe, partialList } from './prune-safety.ts'
import type { TagSelection } from './select-tags.ts'

/** Tags that are asked for at once. */
const AT_ONCE = 8

/**
 * Deletes the selected tags of a repository: by digest what only they lead to, by name the tags of images that stay. The registry frees the
 * bytes when it collects its garbage. Tags are looked at again before the first is deleted; a run that is cut leaves nothing that leads
 * to what is gone.
 * @throws ImageError `PRUNE_UNSUPPORTED` where the registry deletes nothing, `PRUNE_UNSAFE` when a document cannot be read or a tag may be
 * unlisted, `DESTINATION_CHANGED` when tags moved or came meanwhile
 */
export async function pruneRegistry(
  asking: Asking,
  typed: string,
  repository: RepositoryName,
  selection: TagSelection,
): Promise<PlaceUsage> {
  const usage = await placeUsage(asking, typed, selection, { referrers: true })
  checkSafe(usage, typed)
  if (usage.selected.tags.length === 0) return usage
  const [meant, options] = await listedPlace({ domain: repository.host, path: repository.path }, registryOptions(asking))
  await using client = new RegistryClient(meant, options)
  await checkUnchanged(client, meant, usage, asking.signal)
  const partial = partialList(client.notices.diagnostics, typed)
  if (partial !== undefined) throw partial
  const there = { client, repository: meant }
  const gone = new Set(usage.selected.blobs)
  // Tags of images that stay come first: a registry that cannot delete says so before anything else is gone.
  for (const { name, digest } of usage.selected.tags) if (!gone.has(digest)) await deleteTag(there, name, digest, asking.signal)
  for (const digest of deletionOrder(usage.graph, gone)) await deleteManifest(there, digest, asking.signal)
  return usage
}

type Place = { readonly client: RegistryClient; readonly repository: RepositoryName }

/** Some registries take the image with the tag: that is seen at the first, and nothing more is deleted. */
async function deleteTag(place: Place, tag: string, digest: string, signal: AbortSignal): Promise<void> {
  await deleteManifest(place, tag, signal)
  const { found } = await headDocument({ ...place, reference: digest, signal }, true)
  if (found) return
  throw new ImageError(
    'DESTINATION_CHANGED',
    {
      action: `delete the tag ${escapeText(tag)} alone`,
      why: `the registry deleted its image ${digest} as well, which other tags need`,
    },
    { hint: 'Push the other tags of that image again, and select no tag that shares its image with one that stays.' },
  )
}

/** Every tag must still name what was counted, and no other may have come: it could need a blob that is deleted. */
async function checkUnchanged(
  client: RegistryClient,
  repository: RepositoryName,
  usage: PlaceUsage,
  signal: AbortSignal,
): Promise<void> {
  const counted = new Map(usage.listed.flatMap(({ names = [], digest }) => names.map(name => [name, digest] as const)))
  const now: string[] = []
  for await (const page of listTags(client, repository, signal)) now.push(...page)
  const added = now.find(name => !counted.has(name))
  if (added !== undefined) throw changed(`the tag ${escapeText(added)} came meanwhile`)
  const waiting = [...counted]
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [name, digest] = next
      const { found, digest: current } = await headDocument({ client, repository, reference: name, signal })
      if (!found || (current !== undefined && current !== digest)) throw changed(`the tag ${escapeText(name)} moved meanwhile`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

function changed(why: string): ImageError {
  return new ImageError(
    'DESTINATION_CHANGED',
    { action: 'prune the repository', why },
    { hint: 'Nothing was deleted; run it again.' },
  )
}
