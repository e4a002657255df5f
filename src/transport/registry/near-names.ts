import { documentKind } from '../../blob/media-type.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { listed } from '../../image/choose.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { descriptorPlatform, formatPlatform } from '../../image/platform.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import type { RegistryClient } from './client.ts'
import { type DocumentRequest, fetchDocument } from './remote-document.ts'
import { listRepositories, listTags } from './tags.ts'

const NEAREST = 3
/** Tags that are looked at, and milliseconds that listing them may take: an error does not wait for a long list. */
const MOST = 5000
const PATIENCE = 5000
/** Characters of a tag (distribution-spec), more are not compared. */
const LENGTH = 128

/**
 * The error for a tag or a digest that is not there, with the tags that are nearest to it; with the nearest repositories where the
 * repository is not there either. Its hint names commands only that have just worked.
 */
export async function withNearNames(
  error: unknown,
  client: RegistryClient,
  repository: RepositoryName,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof ImageError) || !['MANIFEST_UNKNOWN', 'NOT_FOUND', 'NAME_UNKNOWN'].includes(error.code)) return error
  const timeout = AbortSignal.timeout(PATIENCE)
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  const isUnknown = error.code === 'NAME_UNKNOWN'
  const { names: tags, failure } = isUnknown ? { names: [], failure: error } : await gathered(listTags(client, repository, until))
  signal?.throwIfAborted()
  const place = escapeText(`${repository.host}/${repository.path}`)
  if (tags.length === 0) {
    const isKnown = failure === undefined || ['NAME_UNKNOWN', 'NOT_FOUND'].includes(failure.code)
    if (isKnown) return withNearRepositories({ error, failure }, { client, repository, signal: until })
    const hint = `Check the spelling; which tags ${place} has cannot be said here: ${failure.why}.`
    return new ImageError(error.code, { action: error.action, why: error.why }, { hint, cause: error })
  }
  if (tag === undefined) return error
  const assumed = tag === 'latest' ? ' (where no tag is typed, latest is meant)' : ''
  const near = nearestNames(tag, tags)
  const named = near.map(each => escapeText(each)).join(', ')
  const why = `it has no tag "${escapeText(tag)}"${assumed}; ${near.length === 1 ? 'there is' : 'nearest are'} ${named}`
  const platforms = await platformsOf(near[0], { client, repository, signal: until })
  const hint = `Write ${place}:${escapeText(near[0] ?? '')}${platforms}, or see all ${tags.length} with \`peel tags ${place}\`.`
  return new ImageError('MANIFEST_UNKNOWN', { action: error.action || 'find the image', why }, { hint, cause: error })
}

/** The error for a repository that is not there (`failure`) or has no tag, with those of nearest name where the registry lists them. */
async function withNearRepositories(
  { error, failure }: { readonly error: ImageError; readonly failure: ImageError | undefined },
  { client, repository, signal }: Omit<DocumentRequest, 'reference'>,
): Promise<ImageError> {
  const { host, path } = repository
  const { names } = client.hasCatalogue ? await gathered(listRepositories(client, signal)) : { names: [] }
  const near = nearestNames(path, names).map(each => escapeText(each))
  const listing = `\`peel catalog ${escapeText(host)}\` lists ${names.length === 1 ? 'it' : `all ${names.length}`}`
  const found = `${near.length === 1 ? 'There is' : 'Nearest are'} ${near.join(', ')}; ${listing}.`
  const spelling = host !== 'docker.io' ? '' : '; official images of Docker Hub have no owner'
  const unlisted = `Check the owner’s name and the spelling${spelling}.`
  const hint = `${near.length > 0 ? found : unlisted} A private one may answer like this without a login.`
  const why = failure?.why ?? `no tag is in ${escapeText(`${host}/${path}`)}`
  return new ImageError(failure?.code ?? error.code, { action: error.action, why }, { hint, cause: error })
}

/** The names of a listing, up to `MOST`, and the reason where it ended before its end. */
async function gathered(pages: AsyncIterable<readonly string[]>): Promise<{ names: readonly string[]; failure?: ImageError }> {
  const names: string[] = []
  try {
    for await (const page of pages) {
      names.push(...page)
      if (names.length >= MOST) break
    }
    return { names }
  } catch (thrown) {
    return {
      names,
      failure: thrown instanceof ImageError ? thrown : new ImageError('REGISTRY_FAILED', 'it did not answer in time'),
    }
  }
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

/** The names, tags mostly, nearest to one that is not there: those that begin alike, then those with the fewest changes between. */
export function nearestNames(wanted: string, tags: readonly string[]): readonly string[] {
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
