import { MANIFEST_DIGEST, SOCI_V2 } from '../../artifact/soci/soci-index.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { documentKind } from '../../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { artifactWords } from '../../format/artifact-words.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { artifactTypeOf } from '../../image/manifest.ts'
import type { Asking } from '../asking.ts'
import { openDestination, registryOptions } from '../remote.ts'
import type { Session } from '../session.ts'
import { copyImage } from '../write/copy-image.ts'

/** Something to take along, and the tag it is found by where that is how it is found. */
type Companion = { readonly descriptor: Descriptor; readonly artifactType: string; readonly tag: string | undefined }

/** The deepest chain that is followed: a signature on an SBOM on an image is two deep. */
const DEPTH = 4
/** Referrers of one image; a registry that lists more is not followed. */
const MOST = 1000

/**
 * Everything that names one of these documents as its subject, and what refers to that in turn, at most `deepest` times: in the same
 * place, by the registry's API and by tags. Referrers in the index itself are copied with it and not listed here.
 * @throws ImageError those of the registry
 */
export async function companionsOf(
  asking: Asking,
  session: Session,
  documents: readonly Descriptor[],
  deepest = DEPTH,
): Promise<readonly Companion[]> {
  const seen = new Set<string>(documents.map(({ digest }) => digest))
  const found: Companion[] = []
  let subjects = documents.filter(
    ({ mediaType }) => documentKind(mediaType) === 'index' || documentKind(mediaType) === 'manifest',
  )
  for (let depth = 0; depth < deepest && subjects.length > 0 && found.length < MOST; depth++) {
    const next: Descriptor[] = []
    for (const subject of subjects) {
      for (const companion of [...listed(session, subject), ...(await remote(asking, session, subject))]) {
        if (seen.has(companion.descriptor.digest)) continue
        seen.add(companion.descriptor.digest)
        found.push(companion)
        next.push(companion.descriptor)
      }
    }
    subjects = next
  }
  return found
}

function listed({ listing }: Session, { digest }: Descriptor): readonly Companion[] {
  return [...allNodes(listing.nodes)].flatMap(node => {
    const manifest = node.kind === 'artifact' || node.kind === 'attestation' ? node.document?.value : undefined
    if (manifest?.subject?.digest !== digest) return []
    return [{ descriptor: node.descriptor, artifactType: artifactTypeOf(manifest), tag: undefined }]
  })
}

async function remote(asking: Asking, { place }: Session, subject: Descriptor): Promise<readonly Companion[]> {
  if (place.transport !== 'docker') return []
  const { registryReferrers } = await import('../../transport/remote.ts')
  const { referrers: found } = await registryReferrers(place.reference, subject, registryOptions(asking), asking.signal)
  return found.map(({ descriptor, artifactType, via, tag }) => ({
    descriptor,
    artifactType: artifactType || descriptor.mediaType,
    // The registry that is written to keeps its own list of referrers; cosign's tags are nothing else than tags.
    tag: via === 'cosign-tag' ? tag : undefined,
  }))
}

/**
 * Copies them to where their image went. A referrer that cannot go there, or would take a tag that is taken, stays and is named.
 * @throws ImageError those of the source and the place
 */
export async function copyCompanions(
  asking: Asking,
  session: Session,
  companions: readonly Companion[],
  destination: Destination,
): Promise<readonly Diagnostic[]> {
  if (destination.transport !== 'docker' && destination.transport !== 'oci')
    return leftBehind(companions, 'this kind of place has no room for them')
  const said: Diagnostic[] = []
  for (const companion of companions) {
    const { descriptor, tag } = companion
    const place = untagged(destination, tag)
    try {
      await using sink = await openDestination(asking, place, {
        force: false,
        from: session.place,
        expected: descriptor.digest,
        attaches: true,
      })
      const { diagnostics } = await copyImage(session.source, withType(companion), sink, tag, { signal: asking.signal })
      said.push(...diagnostics)
    } catch (error) {
      if (!(error instanceof ImageError) || error.code !== 'DESTINATION_EXISTS') throw error
      said.push(...leftBehind([companion], 'its tag is taken there'))
    }
  }
  return said
}

/** A layout lists it by what it is, so that readers need not open it to know. */
function withType({ descriptor, artifactType }: Companion): Descriptor {
  const { mediaType, digest, size, annotations } = descriptor
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== '' && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  }
}

function untagged(destination: Destination, tag: string | undefined): Destination {
  if (destination.transport === 'oci') return { ...destination, selector: tag === undefined ? {} : { name: tag } }
  if (destination.transport !== 'docker') return destination
  const { domain, path } = destination.reference
  return { transport: 'docker', reference: { domain, path, ...(tag !== undefined && { tag }) } }
}

/** Names what stays where it is. */
export function leftBehind(companions: readonly Pick<Companion, 'artifactType'>[], why: string): readonly Diagnostic[] {
  if (companions.length === 0) return []
  const what = [...new Set(companions.map(({ artifactType }) => artifactWords(artifactType)))].join(', ')
  const which = companions.length === 1 ? '1 referrer is left behind' : `${companions.length} referrers are left behind`
  return [{ code: 'REFERRER_LEFT', severity: 'warning', message: `${which} (${what}): ${why}` }]
}

/**
 * Names what stands beside an image in its index, is about it, and has no `subject` by which it could follow: a SOCI index (version 2),
 * attestations of BuildKit. A copy of the image alone leaves them there.
 */
export function leftInIndex(node: ImageNode): readonly Diagnostic[] {
  const beside = node.kind === 'image' ? node.children.filter(hasNoSubject) : []
  if (beside.length === 0) return []
  const what = [...new Set(beside.map(wordsOf))].join(', ')
  const which = beside.length === 1 ? '1 part of its index is left behind' : `${beside.length} parts of its index are left behind`
  return [
    { code: 'REFERRER_LEFT', severity: 'warning', message: `${which} (${what}): --all copies the index with all that is in it` },
  ]
}

function hasNoSubject(node: ImageNode): boolean {
  return (node.kind === 'artifact' || node.kind === 'attestation') && node.document?.value.subject === undefined
}

function wordsOf({ kind, descriptor: { artifactType, annotations } }: ImageNode): string {
  if (kind === 'attestation') return 'attestation'
  return annotations?.[MANIFEST_DIGEST] === undefined ? artifactWords(artifactType ?? '') || 'artifact' : artifactWords(SOCI_V2)
}
