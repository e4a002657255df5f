import type { Descriptor } from '../blob/descriptor.ts'
import type { FoundReferrer } from '../list/listing.ts'
import type { SourceOptions } from './asking.ts'
import { registryOptions } from './remote.ts'
import type { Session } from './session.ts'

/** What the registry an image came from lists as its referrers; other places list none. @throws ImageError those of the registry */
export async function findReferrers(
  place: Session['place'],
  subject: Descriptor,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<readonly FoundReferrer[]> {
  if (place.transport !== 'docker') return []
  const { registryReferrers } = await import('../transport/remote.ts')
  return (await registryReferrers(place.reference, subject, registryOptions(options), signal)).referrers
}
