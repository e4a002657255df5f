import type { Descriptor } from '../../blob/descriptor.ts'
import type { Diagnostic } from '../../error.ts'
import { artifactWords } from '../../format/artifact-words.ts'
import { allNodes } from '../../image/list.ts'
import { artifactTypeOf } from '../../image/manifest.ts'
import type { SourceOptions } from '../asking.ts'
import { findReferrers } from '../referrers.ts'
import type { Session } from '../session.ts'

/**
 * Signatures, SBOMs and whatever else refers to images that are rebuilt: in the same listing, or known to their registry. They
 * name the old digest and stay where they are, which is always said (semantics.md, "Writing a squashed layer", rule 10).
 */
export async function leftReferrers(
  session: Session,
  subjects: readonly Descriptor[],
  options: SourceOptions,
  signal: AbortSignal,
): Promise<Diagnostic[]> {
  const distinct = [...new Map(subjects.map(subject => [subject.digest, subject])).values()]
  const [listed, known] = [listedReferrers(session, distinct), await registryReferrers(session, distinct, options, signal)]
  return [...said('here', listed), ...said('in the registry', known)]
}

function said(where: string, types: readonly string[]): Diagnostic[] {
  if (types.length === 0) return []
  const which = types.length === 1 ? `1 referrer ${where} names` : `${types.length} referrers ${where} name`
  const message = `${which} the old digest: ${[...new Set(types.map(artifactWords))].join(', ')}`
  return [{ code: 'REFERRER_LEFT', severity: 'warning', message }]
}

function listedReferrers({ listing }: Session, subjects: readonly Descriptor[]): readonly string[] {
  const digests = new Set<string | undefined>(subjects.map(({ digest }) => digest))
  const types: string[] = []
  for (const node of allNodes(listing.nodes)) {
    if (node.kind !== 'artifact' || !digests.has(node.document?.value.subject?.digest)) continue
    types.push(node.descriptor.artifactType ?? (node.document === undefined ? '' : artifactTypeOf(node.document.value)))
  }
  return types
}

async function registryReferrers(
  { place }: Session,
  subjects: readonly Descriptor[],
  options: SourceOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (place.transport !== 'docker') return []
  try {
    const found = await Promise.all(subjects.map(subject => findReferrers(place, subject, options, signal)))
    return found.flat().map(({ artifactType, descriptor }) => artifactType || descriptor.mediaType)
  } catch {
    // A registry that cannot be asked adds nothing; the result does not depend on it.
    return []
  }
}
