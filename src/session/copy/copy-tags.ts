import { existsSync } from 'node:fs'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { compileGlob } from '../../filter/glob.ts'
import { type ImageNode, isImageOrIndex } from '../../image/list.ts'
import { type Destination, type Location, parseLocation } from '../../image/location.ts'
import { isTag, parseReference } from '../../image/reference.ts'
import type { Asking } from '../asking.ts'
import { registryOptions } from '../remote.ts'
import { openSession, type Session, wantedPlatform } from '../session.ts'
import type { CopyRun } from '../write/copy-run.ts'
import { selectedGroup, wholeNode } from '../write/source-node.ts'
import { type CopyRunOptions, copyRun } from './copy-run.ts'

export type TagsOptions = CopyRunOptions & {
  /** Which tags; all where undefined. */
  readonly glob: string | undefined
  /** Whole indexes, not this machine's image of each. */
  readonly all: boolean
}

export type CopiedTag = { readonly tag: string; readonly destination: Destination; readonly copied: CopyRun }

/**
 * Copies the tags of a repository, layout or archive one after the other, each to the tag of the same name. Told of each as it is there.
 * @throws ImageError `NO_TAGS`, `DESTINATION_UNSUPPORTED`, those of each copy: tags before it are there then
 */
export async function* copyTags(
  asking: Asking,
  typed: string,
  destination: Destination,
  { glob, all, ...options }: TagsOptions,
): AsyncGenerator<CopiedTag> {
  const place = parseLocation(typed, existsSync)
  const open = (reference: string) => openSession(reference, { ...asking, keepBlobs: false }, asking.signal)
  // A registry is asked for each tag; a place on this disk has them all in one index, and an archive takes long to open.
  await using whole = place.transport === 'docker' ? undefined : await open(untagged(place, typed))
  const listed = whole === undefined ? await tagsOf(asking, typed, place) : tagsIn(whole)
  const tags = listed.filter(glob === undefined ? () => true : compileGlob(glob))
  if (tags.length === 0) {
    const why = glob === undefined ? 'it has no tags' : `no tag is like "${escapeText(glob)}"`
    throw new ImageError('NO_TAGS', `Cannot copy tags: ${why}`, { hint: '"peel tags" lists those there are.' })
  }
  for (const tag of tags) {
    const target = taggedPlace(destination, tag)
    await using own = whole === undefined ? await open(tagged(place, typed, tag)) : undefined
    const one = own ?? { ...(whole as Session), selector: { name: tag } }
    const node = (all ? wholeNode(selectedGroup(one)) : undefined) ?? one.chooseAny(wantedPlatform(asking.platform), one.selector)
    yield { tag, destination: target, copied: await copyRun(asking, one, [node], target, options) }
  }
}

/**
 * Why images cannot each go under the tag of its name: one has no name, or two different ones have one tag (`app:1` and `web:1`).
 * Undefined where they can.
 */
export function whyUntaggable(nodes: readonly ImageNode[]): string | undefined {
  const nameless = nodes.find(node => isImageOrIndex(node) && node.names.every(name => tagOf(name) === undefined))
  if (nameless !== undefined) return `${nameless.descriptor.digest} has no name`
  const byTag = new Map<string | undefined, string>()
  for (const { names, descriptor } of nodes)
    for (const tag of names.map(tagOf)) {
      const other = byTag.get(tag) ?? descriptor.digest
      if (other !== descriptor.digest) return `${other} and ${descriptor.digest} both have the tag "${escapeText(tag ?? '')}"`
      byTag.set(tag, other)
    }
  return undefined
}

/** A registry's repository once more, at one tag. */
function tagged(place: Location, typed: string, tag: string): string {
  if (place.transport === 'docker') return `docker://${place.reference.domain}/${place.reference.path}:${tag}`
  return untagged(place, typed)
}

function untagged(place: Location, typed: string): string {
  if (!('path' in place)) throw unsupported(`tags of ${escapeText(typed)} cannot be told apart`)
  return place.transport === 'path' ? place.path : `${place.transport}:${place.path}`
}

/** The tags of a repository, a layout or an archive, each once. @throws ImageError those of `openSession` and the registry */
export async function tagsOf(asking: Asking, typed: string, place: Location): Promise<readonly string[]> {
  if (place.transport === 'docker') {
    const { repositoryTags } = await import('../../transport/remote.ts')
    return (await repositoryTags(place.reference, registryOptions(asking), asking.signal)).names
  }
  await using session = await openSession(typed, asking, asking.signal)
  return tagsIn(session)
}

function tagsIn(session: Session): readonly string[] {
  return [...new Set(session.listing.nodes.flatMap(({ names }) => names.map(tagOf)).filter(tag => tag !== undefined))]
}

/** The tag of a name, which is a tag alone or a whole reference. */
function tagOf(name: string): string | undefined {
  if (isTag(name)) return name
  try {
    return parseReference(name).tag
  } catch {
    return undefined
  }
}

function taggedPlace(destination: Destination, tag: string): Destination {
  if (destination.transport === 'docker') {
    const { domain, path } = destination.reference
    return { transport: 'docker', reference: { domain, path, tag } }
  }
  if (destination.transport === 'oci' && destination.selector.name === undefined)
    return { ...destination, selector: { name: tag } }
  throw unsupported(
    destination.transport === 'oci' ? 'the destination has a tag of its own' : 'an archive or an engine takes one image',
  )
}

function unsupported(why: string): ImageError {
  return new ImageError('DESTINATION_UNSUPPORTED', `Cannot copy several tags: ${why}`, {
    hint: 'Several tags go to a layout (oci:DIR) or a repository (docker://HOST/NAME), named without a tag.',
  })
}
