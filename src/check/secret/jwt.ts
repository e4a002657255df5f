import { isRecord } from '../../blob/descriptor.ts'
import type { SecretPlace, Sighting, ValueKind } from './secret-kind.ts'

/** A JSON web token (RFC 7519) with its signature: header and claims must decode to what the specification has there. */
export const JWT: ValueKind = { id: 'secret/jwt', name: 'JSON web token', severity: 'error', literals: ['eyJ'], read: readJwt }

const TOKEN = /(eyJ[\w-]{8,2000})\.(e[\w-]{8,8000})\.([\w-]{16,2000})(?![\w.-])/y

function readJwt({ text, at }: SecretPlace): Sighting | undefined {
  if (/[\w./+-]/.test(text[at - 1] ?? ' ')) return undefined
  TOKEN.lastIndex = at
  const match = TOKEN.exec(text)
  if (match === null) return undefined
  const [header, claims] = [decoded(match[1]), decoded(match[2])]
  if (typeof header?.['alg'] !== 'string' || claims === undefined || isPublished(claims)) return undefined
  const expires = typeof claims['exp'] === 'number' && Number.isFinite(claims['exp']) ? claims['exp'] : undefined
  return {
    start: at,
    end: at + match[0].length,
    ...(expires !== undefined && { expires }),
    // A token without a signature opens nothing, since it can be forged: info.
    ...(/^none$/i.test(header['alg']) && { severity: 'info' }),
  }
}

function decoded(part: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The token that jwt.io and every tutorial shows. */
function isPublished(claims: Readonly<Record<string, unknown>>): boolean {
  return claims['sub'] === '1234567890' || claims['name'] === 'John Doe'
}
