import type { Command } from 'commander'
import type { Descriptor } from '../../blob/descriptor.ts'
import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { selectNodes } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { artifactTypeOf } from '../../image/manifest.ts'
import { withSession } from '../../session/opened-image.ts'
import { registryOptions } from '../../session/remote.ts'
import { type Session, wantedPlatform } from '../../session/session.ts'
import type { ReferrerList } from '../../transport/remote.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'

/** One line of the answer. `via`: how it was found; `index` is what lies in the image's own index. */
type Row = { readonly descriptor: Descriptor; readonly artifactType: string; readonly via: string; readonly tag?: string }

export function define(command: Command, context: Context): void {
  command
    .argument('<image>', 'the image that is referred to')
    .option('--json', 'as one JSON object')
    .action((reference: string) => withSession(context.asking(), reference, session => referrers(context, session)))
}

async function referrers(context: Context, session: Session): Promise<void> {
  const subject = subjectOf(session, context)
  const { referrers: remote, diagnostics } = await remoteReferrers(context, session, subject.descriptor)
  const rows = distinct([...remote, ...attachedRows(session, subject)])
  if (context.json) await context.output.write(rowsJson(subject, rows))
  else await context.output.writeLines(rows.map(rowText))
  await context.warn([...(session.source.diagnostics ?? []), ...diagnostics])
}

function rowsJson(subject: ImageNode, rows: readonly Row[]): string {
  const { digest, mediaType, size } = subject.descriptor
  const list = rows.map(({ descriptor, artifactType, via, tag }) => ({
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    artifactType,
    annotations: descriptor.annotations ?? {},
    via,
    ...(tag !== undefined && { tag }),
  }))
  return `${jsonText({ subject: { digest, mediaType, size }, referrers: list }, 2)}\n`
}

/** What was named: an index as a whole, since that is what is signed; one of its images with `--platform`. */
function subjectOf(session: Session, context: Context): ImageNode {
  const nodes = selectNodes(session.listing, session.selector)
  const [only] = nodes
  return nodes.length === 1 && only !== undefined && context.common().platform === undefined
    ? only
    : session.choose(wantedPlatform(context.common().platform))
}

async function remoteReferrers(context: Context, { place }: Session, subject: Descriptor): Promise<ReferrerList> {
  if (place.transport !== 'docker') return { referrers: [], diagnostics: [] }
  const { registryReferrers } = await import('../../transport/remote.ts')
  return registryReferrers(place.reference, subject, registryOptions(context.common()), context.signal)
}

/** Attestations in the image's own index, and artifacts of a layout that name it as their subject. */
function attachedRows(session: Session, subject: ImageNode): readonly Row[] {
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

function distinct(rows: readonly Row[]): readonly Row[] {
  const seen = new Set<string>()
  return rows.filter(({ descriptor }) => !seen.has(descriptor.digest) && seen.add(descriptor.digest))
}

function rowText({ descriptor, artifactType, via, tag }: Row): string {
  const found = tag === undefined ? via : `${via} ${tag}`
  return `${shortDigest(descriptor.digest)}  ${formatSize(descriptor.size).padStart(9)}  ${escapeText(artifactType)}  ${escapeText(found)}`
}
