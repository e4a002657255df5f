import type { Descriptor } from '../blob/descriptor.ts'
import type { FoundReferrer } from '../list/listing.ts'
import type { SourceOptions } from './asking.ts'
import type { Place } from './place.ts'
import { registryOptions } from './remote.ts'

/** The referrers that the registry of an image lists, of one artifact type where it is given; other places list none. @throws ImageError those of the registry */
export async function findReferrers(
  place: Place,
  subject: Descriptor,
  options: SourceOptions,
  signal?: AbortSignal,
  artifactType?: string,
): Promise<readonly FoundReferrer[]> {
  if (place.transport !== 'docker') return []
  const { registryReferrers } = await import('../transport/remote.ts')
  return (await registryReferrers(place.reference, subject, registryOptions(options), signal, artifactType)).referrers
}
