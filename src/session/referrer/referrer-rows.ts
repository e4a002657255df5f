import type { Descriptor } from '../../blob/descriptor.ts'
import type { Diagnostic } from '../../error.ts'
import { selectNodes } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { artifactTypeOf } from '../../image/manifest.ts'
import type { ReferrerList } from '../../transport/remote.ts'
import type { Asking } from '../asking.ts'
import { registryOptions } from '../remote.ts'
import { type Session, wantedPlatform } from '../session.ts'

/** Something that refers to an image. `via`: how it was found; `index` is what lies in the image's own index or layout. */
export type ReferrerRow = {
  readonly descriptor: Descriptor
  readonly artifactType: string
  readonly via: string
  /** The tag, where it was found by one. */
  readonly tag?: string
}

export type ReferrerRows = {
  readonly subject: ImageNode
  readonly rows: readonly ReferrerRow[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The manifests that refer to the image that the session's reference means, each digest once. @throws ImageError those of the registry */
export async function referrerRows(asking: Asking, session: Session): Promise<ReferrerRows> {
  const subject = subjectOf(session, asking)
  const { referrers, diagnostics } = await remoteReferrers(asking, session, subject.descriptor)
  return { subject, rows: distinct([...referrers, ...attachedRows(session, subject)]), diagnostics }
}

/** The manifest that was named: an index as a whole, since that is what is signed; one of its images where a platform is asked for. */
function subjectOf(session: Session, { platform }: Asking): ImageNode {
  const nodes = selectNodes(session.listing, session.selector)
  const [only] = nodes
  return nodes.length === 1 && only !== undefined && platform === undefined ? only : session.chooseAny(wantedPlatform(platform))
}

async function remoteReferrers(asking: Asking, { place }: Session, subject: Descriptor): Promise<ReferrerList> {
  if (place.transport !== 'docker') return { referrers: [], diagnostics: [] }
  const { registryReferrers } = await import('../../transport/remote.ts')
  return registryReferrers(place.reference, subject, registryOptions(asking), asking.signal)
}

/** Attestations in the image's own index, and artifacts of a layout that name it as their subject. */
function attachedRows(session: Session, subject: ImageNode): readonly ReferrerRow[] {
  const below = 'children' in subject ? [...allNodes(subject.children)] : []
  const elsewhere = [...allNodes(session.listing.nodes)].filter(
    node => documentOf(node)?.value.subject?.digest === subject.descriptor.digest,
  )
  return [...below, ...elsewhere].flatMap(node => {
    if (node.kind !== 'attestation' && node.kind !== 'artifact') return []
    const manifest = node.document?.value
    const artifactType = node.descriptor.artifactType ?? (manifest === undefined ? '' : artifactTypeOf(manifest))
    return [{ descriptor: node.descriptor, artifactType, via: 'index' }]
  })
}

function documentOf(node: ImageNode) {
  return node.kind === 'artifact' || node.kind === 'attestation' ? node.document : undefined
}

function distinct(rows: readonly ReferrerRow[]): readonly ReferrerRow[] {
  const seen = new Set<string>()
  return rows.filter(({ descriptor }) => !seen.has(descriptor.digest) && seen.add(descriptor.digest))
}
