import { ImageError } from '../../error.ts'
import { RegistryError } from '../registry-error.ts'

const ABSENT = new Set(['BLOB_MISSING', 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND'])
const REFUSED = new Set(['CREDENTIALS_REFUSED', 'DENIED', 'REGISTRY_BLOCKED', 'UNAUTHORIZED'])
const LIMITED = new Set(['RATE_LIMITED', 'REGISTRY_RATE_LIMIT'])

/**
 * The answer of the registry behind, or undefined where it has none. Its refusals are passed on: of the login of this server as `DENIED`, since the
 * client cannot log in there, of its limits as such, and everything else as a bad gateway.
 * @throws RegistryError
 */
export async function foundOrNot<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (thrown) {
    if (!(thrown instanceof ImageError)) throw thrown
    if (ABSENT.has(thrown.code)) return undefined
    throw upstreamError(thrown)
  }
}

/** Bytes of the registry behind, with its errors as this one answers them. */
export async function* answeredPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (thrown) {
    if (!(thrown instanceof ImageError)) throw thrown
    throw ABSENT.has(thrown.code) ? new RegistryError(404, 'BLOB_UNKNOWN', 'there is no such blob') : upstreamError(thrown)
  }
}

/** An error of the registry behind, as this one answers it. */
function upstreamError(error: ImageError): RegistryError {
  if (LIMITED.has(error.code)) return new RegistryError(429, 'TOOMANYREQUESTS', error.message)
  if (REFUSED.has(error.code)) return new RegistryError(403, 'DENIED', error.message)
  return new RegistryError(502, 'UNKNOWN', error.message)
}
