import { documentKind } from '../../blob/media-type.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { listed } from '../../image/choose.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { descriptorPlatform, formatPlatform } from '../../image/platform.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import type { RegistryClient } from './client.ts'
import { type DocumentRequest, fetchDocument } from './remote-document.ts'
import { listTags } from './tags.ts'

const NEAREST = 3
/** Tags that are looked at, and milliseconds that listing them may take: an error does not wait for a long list. */
const MOST = 5000
const PATIENCE = 5000
/** Characters of a tag (distribution-spec), more are not compared. */
const LENGTH = 128

/**
 * The error for a tag that is not there, with those that are nearest to it. Where tags cannot be listed it is as it was.
 */
export async function withNearTags(
  error: unknown,
  client: RegistryClient,
  repository: RepositoryName,
  tag: string,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof ImageError) || !['MANIFEST_UNKNOWN', 'NOT_FOUND'].includes(error.code)) return error
  const tags: string[] = []
  const timeout = AbortSignal.timeout(PATIENCE)
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    for await (const page of listTags(client, repository, until)) {
      tags.push(...page)
      if (tags.length >= MOST) break
    }
  } catch {
    signal?.throwIfAborted()
  }
  if (tags.length === 0) return error
  const place = escapeText(`${repository.host}/${repository.path}`)
  const assumed = tag === 'latest' ? ' (where no tag is typed, latest is meant)' : ''
  const near = nearestTags(tag, tags)
  const named = near.map(each => escapeText(each)).join(', ')
  const why = `it has no tag "${escapeText(tag)}"${assumed}; ${near.length === 1 ? 'there is' : 'nearest are'} ${named}`
  const platforms = await platformsOf(near[0], { client, repository, signal: until })
  const hint = `Write ${place}:${escapeText(near[0] ?? '')}${platforms}, or see all ${tags.length} with \`peel tags ${place}\`.`
  return new ImageError('MANIFEST_UNKNOWN', { action: error.action || 'find the image', why }, { hint, cause: error })
}

/** The platforms that an index lists, in words beside its tag; nothing for one image, or where it cannot be read. */
async function platformsOf(tag: string | undefined, place: Omit<DocumentRequest, 'reference'>): Promise<string> {
  if (tag === undefined) return ''
  try {
    const { descriptor, bytes } = await fetchDocument({ ...place, reference: tag })
    if (documentKind(descriptor.mediaType) !== 'index') return ''
    const { manifests } = parseImageIndex(bytes, 'the index').value
    const platforms = manifests.map(each => descriptorPlatform(each.platform)).filter(each => each !== undefined)
    return platforms.length === 0 ? '' : ` (${listed(platforms.map(formatPlatform))})`
  } catch {
    return ''
  }
}

/** The tags nearest to one that is not there: those that begin alike, then those with the fewest changes between. */
export function nearestTags(wanted: string, tags: readonly string[]): readonly string[] {
  return tags
    .map(tag => ({ tag, distance: distanceOf(wanted.slice(0, LENGTH), tag.slice(0, LENGTH)) }))
    .sort((a, b) => a.distance - b.distance || a.tag.length - b.tag.length || (a.tag < b.tag ? -1 : 1))
    .slice(0, NEAREST)
    .map(({ tag }) => tag)
}

/** Edits from one to the other; letters that one has more at its end or front count little. */
function distanceOf(one: string, other: string): number {
  if (one === '' || other === '') return Math.max(one.length, other.length)
  if (other.startsWith(one) || one.startsWith(other) || other.endsWith(one))
    return 0.5 + Math.abs(one.length - other.length) / (4 * LENGTH)
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const changed = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
