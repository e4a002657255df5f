import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'
import { type HttpAnswer, headerOf, readBody } from '../http/http.ts'
import { retryAfter } from '../http/retry.ts'
import type { CredentialSearch } from './auth/credentials.ts'
import type { Secrets } from './auth/secrets.ts'

/** What a registry's refusal was about, for its words. */
export type RefusalContext = {
  /** Reads "pull docker.io/library/nginx:1.27". */
  readonly action: string
  /** Host the refusing answer came from, which after a redirect is not the registry. */
  readonly host: string
  readonly search: CredentialSearch
  readonly secrets: Secrets
}

const BODY_LIMIT = 64 * 1024
const MESSAGE_LIMIT = 200
/** Milliseconds the registry has for its reasons. */
const PATIENCE = 5000

/** The error for a status that is no answer: what happened, in the registry's own words where it has any, and what to try. */
export async function refusal(answer: HttpAnswer, context: RefusalContext): Promise<ImageError> {
  const body = await readBody(answer, BODY_LIMIT, PATIENCE).catch(() => undefined)
  const said = registryErrors(body?.toString('utf8') ?? '')
  const words = said.words === '' ? '' : ` (${escapeText(context.secrets.redact(said.words).slice(0, MESSAGE_LIMIT))})`
  const { code, why, hint } = explain(answer, context, said.codes)
  return new ImageError(code, `Cannot ${context.action}: ${why}${words}`, { hint })
}

type Explanation = { readonly code: ErrorCode; readonly why: string; readonly hint: string }

function explain(answer: HttpAnswer, context: RefusalContext, codes: readonly string[]): Explanation {
  const { status } = answer
  const host = escapeText(context.host)
  // Docker Hub says 429 in several ways; some servers hide it in the code.
  if (status === 429 || codes.includes('TOOMANYREQUESTS')) return rateLimit(answer, host, context.search)
  if (status === 401 || codes.includes('UNAUTHORIZED')) return unauthorized(host, context.search)
  if (status === 403 || codes.includes('DENIED'))
    return { ...unauthorized(host, context.search), code: 'DENIED', why: `${host} denies it` }
  if (status === 404 || status === 410) return notFound(host, codes)
  if (status === 413) {
    return {
      code: 'TOO_LARGE',
      why: `${host} refuses so large a request`,
      hint: 'Raise the body limit of the registry or of the proxy before it.',
    }
  }
  if (status === 405 || status === 415 || status === 400 || status === 422) {
    return {
      code: 'REGISTRY_REFUSED',
      why: `${host} answers ${status}`,
      hint: 'The registry may not take this kind of document; try --format docker or --format oci.',
    }
  }
  if (status >= 300 && status < 400) {
    return {
      code: 'REDIRECT_FAILED',
      why: `${host} redirects without an end or an address`,
      hint: 'Check the address of the registry.',
    }
  }
  return { code: 'REGISTRY_FAILED', why: `${host} answers ${status}`, hint: 'Try again later, or look at the registry’s log.' }
}

function unauthorized(host: string, { credentials, problems }: CredentialSearch): Explanation {
  const trouble = problems.length === 0 ? '' : ` Looking for credentials: ${problems.join('; ')}.`
  const hint =
    credentials === undefined
      ? 'It may be private or not exist: log in with `docker login`, `podman login` or `skopeo login`, or name a file with --authfile.'
      : `The credentials from ${credentials.from} do not allow it: check the name, or log in as somebody who may.`
  return { code: 'UNAUTHORIZED', why: `${host} asks for a login`, hint: hint + trouble }
}

/** A registry's code for something that is not there: peel's code, and its name in messages. */
const MISSING: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  MANIFEST_UNKNOWN: ['MANIFEST_UNKNOWN', 'tag or digest'],
  NAME_UNKNOWN: ['NAME_UNKNOWN', 'repository'],
  BLOB_UNKNOWN: ['BLOB_MISSING', 'blob'],
}

function notFound(host: string, codes: readonly string[]): Explanation {
  const [code, missing] = MISSING[codes.find(each => each in MISSING) ?? ''] ?? (['NOT_FOUND', 'image'] as const)
  return {
    code,
    why: `${host} has no such ${missing}`,
    hint: 'Check the spelling; `peel tags REPOSITORY` lists what is there. Private repositories may answer like this without a login.',
  }
}

function rateLimit(answer: HttpAnswer, host: string, { credentials }: CredentialSearch): Explanation {
  const seconds = Math.ceil((retryAfter(headerOf(answer, 'retry-after')) ?? 0) / 1000)
  const again =
    seconds > 0
      ? `Try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}`
      : 'Try again later'
  const limit = headerOf(answer, 'ratelimit-limit')
  return {
    code: 'RATE_LIMITED',
    why: `${host} answers 429, too many requests${limit === undefined ? '' : `; its limit is ${escapeText(limit.slice(0, 60))}`}`,
    hint: credentials === undefined ? `${again}, or log in: limits are higher with a login.` : `${again}.`,
  }
}

/** `{"errors":[{code, message}]}`; anything else (HTML, text) counts only by its status. */
function registryErrors(body: string): { codes: readonly string[]; words: string } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { codes: [], words: '' }
  }
  const errors = isRecord(value) && Array.isArray(value['errors']) ? value['errors'].filter(isRecord) : []
  const text = (key: string) => errors.map(error => error[key]).filter(each => typeof each === 'string')
  return { codes: text('code'), words: text('message').join('; ') }
}
