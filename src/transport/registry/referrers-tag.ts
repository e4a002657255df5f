import { type Digest, splitDigest } from '../../blob/digest.ts'

const ALGORITHM = 32
const ENCODED = 64

/** The tag under which referrers of a digest are kept where the registry has no API for them (distribution-spec, Referrers Tag Schema). */
export function referrersTag(digest: Digest): string {
  const [algorithm, encoded] = splitDigest(digest)
  return `${algorithm.slice(0, ALGORITHM)}-${encoded.slice(0, ENCODED)}`.replace(/[^a-zA-Z0-9._-]/g, '-')
}
