import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSeconds } from '../../format/transfer-rate.ts'
import { type HttpAnswer, headerOf, headersOf, readBody } from '../http/http.ts'
import { tryAgain } from '../http/retry.ts'
import { parseChallenges, preferredChallenge } from './auth/challenge.ts'
import type { CredentialSearch } from './auth/credentials.ts'
import type { Secrets } from './auth/secrets.ts'

/** The subject of a registry's refusal, for its words. */
export type RefusalContext = {
  /** Reads "pull docker.io/library/nginx:1.27". */
  readonly action: string
  /** Host the refusing answer came from, which after a redirect is not the registry. */
  readonly host: string
  /** The registry as a person types it, and with the repository; both escaped. */
  readonly registry: string
  readonly place: string
  /** Whether the registry lists its repositories at all, as far as is known. */
  readonly hasCatalogue: boolean
  /** A manifest or index was being pushed. */
  readonly pushesDocument: boolean
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
  const { code, why, hint } = explain(answer, context, said)
  return new ImageError(code, `Cannot ${context.action}: ${why}${words}`, { hint })
}

/** The hint for an answer that is well as HTTP goes and is not what a registry answers. */
export const LOGIN_PAGE = 'A proxy or a login page may stand between: open the registry’s address in a browser.'

type RegistryWords = { readonly codes: readonly string[]; readonly words: string }

type Explanation = { readonly code: ErrorCode; readonly why: string; readonly hint: string }

function explain(answer: HttpAnswer, context: RefusalContext, { codes, words: own }: RegistryWords): Explanation {
  // Docker Hub says 429 in several ways; some servers hide it in the code.
  if (answer.status === 429 || codes.includes('TOOMANYREQUESTS')) return rateLimit(answer, context)
  const kinds = answer.status === 401 ? unknownLogins(answer) : []
  if (kinds.length > 0) return strangeLogin(context, kinds)
  const speaks = answer.status >= 400 && answer.status < 500 && answer.status !== 401
  const fits = (row: Row) =>
    (speaks && row.said?.test(own) === true) ||
    row.codes.some(code => codes.includes(code)) ||
    row.statuses.includes(answer.status)
  const row = ROWS.find(fits) ?? FAILED
  const again = tryAgain(headerOf(answer, 'retry-after'))
  const words: Words = { ...context, status: answer.status, host: escapeText(context.host), again }
  return { code: row.code, why: row.why(words), hint: row.hint(words) }
}

type Words = Omit<RefusalContext, 'host'> & { readonly host: string; readonly status: number; readonly again: string }

/** One kind of refusal: how it is recognised, and its words with the next thing to do. */
type Row = {
  /** In the registry's own words beside a refusal that says less (400 to 499, but 401): they say whose hand it is in. */
  readonly said?: RegExp
  /** In the registry's own answer; a row with them stands before those with statuses that say less. */
  readonly codes: readonly string[]
  readonly statuses: readonly number[]
  readonly code: ErrorCode
  readonly why: (words: Words) => string
  readonly hint: (words: Words) => string
}

const ROWS: readonly Row[] = [
  {
    said: /quota|configured upper limit|storage limit|insufficient storage/i,
    codes: [],
    statuses: [],
    code: 'REGISTRY_FAILED',
    why: ({ host }) => `${host} has no room left for it`,
    hint: () =>
      'A quota is used up: delete images there that are not needed, or ask its operator for more. A login changes nothing.',
  },
  {
    said: /read-?only mode|is (?:in )?read-?only/i,
    codes: [],
    statuses: [],
    code: 'REGISTRY_FAILED',
    why: ({ host }) => `${host} takes no writes at this time`,
    hint: () => 'Try again later; its operator knows how long it stays read-only.',
  },
  {
    codes: ['SIZE_INVALID'],
    statuses: [413],
    code: 'TOO_LARGE',
    why: ({ host }) => `${host} refuses so large a request`,
    hint: () => 'Raise the body limit of the registry or of the proxy before it.',
  },
  {
    codes: ['PROJECTPOLICYVIOLATION'],
    statuses: [],
    code: 'DENIED',
    why: ({ host }) => `a policy of ${host} forbids it`,
    hint: () => 'Its rules about vulnerabilities or signatures decide: ask the owner of the project. A login changes nothing.',
  },
  {
    codes: ['TAG_INVALID', 'ImageTagAlreadyExistsException', 'TAG_IMMUTABLE'],
    statuses: [],
    code: 'TAG_IMMUTABLE',
    why: ({ host }) => `${host} does not let this tag be moved`,
    hint: () => 'Its tags are immutable: choose another tag. --force changes nothing about that.',
  },
  {
    codes: ['UNAUTHORIZED'],
    statuses: [401],
    code: 'UNAUTHORIZED',
    why: ({ host }) => `${host} asks for a login`,
    hint: loginHint,
  },
  { codes: ['DENIED'], statuses: [403], code: 'DENIED', why: ({ host }) => `${host} denies it`, hint: loginHint },
  {
    codes: ['MANIFEST_UNKNOWN'],
    statuses: [],
    code: 'MANIFEST_UNKNOWN',
    why: ({ host }) => `${host} has no such tag or digest`,
    hint: ({ place }) => `\`peel tags ${place}\` lists what is there.`,
  },
  {
    codes: ['NAME_UNKNOWN'],
    statuses: [],
    code: 'NAME_UNKNOWN',
    why: ({ host }) => `${host} has no such repository`,
    hint: ({ registry, hasCatalogue }) =>
      `${hasCatalogue ? `\`peel catalog ${registry}\` lists its repositories.` : 'Check the owner’s name and the spelling; official images of Docker Hub have no owner.'} A private one may answer like this without a login.`,
  },
  {
    codes: ['BLOB_UNKNOWN'],
    statuses: [],
    code: 'BLOB_MISSING',
    why: ({ host }) => `${host} has no such blob`,
    hint: () => 'The image is incomplete there; push it again.',
  },
  {
    codes: [],
    statuses: [404, 410],
    code: 'NOT_FOUND',
    why: ({ host }) => `${host} has no such image`,
    hint: ({ place }) =>
      `Check the spelling; \`peel tags ${place}\` lists what is there. Private repositories may answer like this without a login.`,
  },
  {
    codes: [],
    statuses: [400, 405, 406, 415, 422],
    code: 'REGISTRY_REFUSED',
    why: ({ host, status }) => `${host} answers ${status}`,
    hint: ({ pushesDocument }) =>
      pushesDocument
        ? 'The registry may not take this kind of document; try --format docker or --format oci.'
        : 'The registry does not know this kind of request; its own words or its log say more.',
  },
  {
    codes: [],
    statuses: [300, 301, 302, 303, 304, 307, 308],
    code: 'REDIRECT_FAILED',
    why: ({ host }) => `${host} redirects without an end or an address`,
    hint: () => 'Check the address of the registry.',
  },
  {
    codes: [],
    statuses: [402],
    code: 'REGISTRY_FAILED',
    why: ({ host }) => `${host} answers 402, payment required`,
    hint: () => 'Look at the plan and the quota of the account at the registry.',
  },
  {
    codes: [],
    statuses: [451],
    code: 'REGISTRY_FAILED',
    why: ({ host }) => `${host} answers 451, unavailable for legal reasons`,
    hint: () => 'The registry does not hand it out where you are; its operator knows why.',
  },
  {
    codes: [],
    statuses: [502, 503, 504],
    code: 'REGISTRY_FAILED',
    why: ({ host, status }) => `${host} answers ${status}: the registry, or a server behind it, is not up`,
    hint: ({ again }) => `${again}; if it stays like this, tell the operator of the registry.`,
  },
  {
    codes: [],
    statuses: [507],
    code: 'REGISTRY_FAILED',
    why: ({ host }) => `${host} answers 507, it has no room left`,
    hint: () => 'Delete images there that are not needed, or ask the operator of the registry for room.',
  },
]

const FAILED: Row = {
  codes: [],
  statuses: [],
  code: 'REGISTRY_FAILED',
  why: ({ host, status }) => `${host} answers ${status}`,
  hint: ({ status, again }) =>
    status < 500
      ? 'The registry does not take this request; its own words or its log say more.'
      : `${again}, or look at the registry’s log.`,
}

function loginHint({ registry, search: { credentials, problems } }: Words): string {
  const trouble = problems.length === 0 ? '' : ` Looking for credentials: ${problems.join('; ')}.`
  const hint =
    credentials === undefined
      ? `It may be private or not exist: log in with \`docker login ${registry}\` (podman and skopeo do as well), or name a file with --authfile.`
      : `The credentials from ${credentials.from} do not allow it: check the name, or log in with an account that is allowed.`
  return hint + trouble
}

/** The kinds of login that a server offers where peel, as every client of registries, has none of them. */
function unknownLogins(answer: HttpAnswer): readonly string[] {
  const challenges = parseChallenges(headersOf(answer, 'www-authenticate'))
  return preferredChallenge(challenges) === undefined ? [...new Set(challenges.map(({ scheme }) => scheme))] : []
}

function strangeLogin({ host }: RefusalContext, kinds: readonly string[]): Explanation {
  const named = escapeText(kinds.join(', ').slice(0, 60))
  return {
    code: 'UNAUTHORIZED',
    why: `${escapeText(host)} asks for a login that clients of registries do not have (${named})`,
    hint: 'A proxy or web server may stand before the registry: ask its operator for an address that takes a password or a token.',
  }
}

function rateLimit(answer: HttpAnswer, { host, registry, search: { credentials } }: RefusalContext): Explanation {
  const again = tryAgain(headerOf(answer, 'retry-after'))
  const limit = headerOf(answer, 'ratelimit-limit')
  return {
    code: 'RATE_LIMITED',
    why: `${escapeText(host)} answers 429, too many requests${limit === undefined ? '' : `; its limit is ${limitWords(limit)}`}`,
    hint:
      credentials === undefined
        ? `${again}, or log in (\`docker login ${registry}\`): limits are higher with a login.`
        : `${again}.`,
  }
}

/** `100;w=21600` is 100 in six hours; any other form is shown as it is. */
function limitWords(limit: string): string {
  const [, count, window] = /^(\d{1,9});w=(\d{1,9})$/.exec(limit.trim()) ?? []
  if (count === undefined) return escapeText(limit.slice(0, 60))
  return `${formatCount(Number(count))} in ${formatSeconds(Number(window))}`
}

/**
 * `{"errors":[{code, message}]}`, and what servers write that stand before a registry: `{"message"}`, `{"error"}`, `{"title", "detail"}`
 * (RFC 9457). Anything else (HTML, text) counts only by its status.
 */
function registryErrors(body: string): RegistryWords {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { codes: [], words: '' }
  }
  if (!isRecord(value)) return { codes: [], words: '' }
  const errors = Array.isArray(value['errors']) ? value['errors'] : []
  const text = (key: string) => errors.map(error => (isRecord(error) ? error[key] : undefined)).filter(isText)
  const words = [...errors, ...text('message'), ...OWN_WORDS.map(key => (value as Record<string, unknown>)[key])].filter(isText)
  return { codes: text('code').flatMap(code => [code, code.toUpperCase()]), words: words.join('; ') }
}

/** Fields of an answer that has no list of errors. */
const OWN_WORDS = ['message', 'error', 'title', 'detail', 'details']

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
