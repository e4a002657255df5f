import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { NoAnswer } from './lateness.ts'
import { ownMistake } from './own-mistake.ts'

/**
 * The error for a dead connection, with a hint. `action` reads "pull docker.io/library/nginx".
 * `overTls`: TLS was spoken and no request answered yet. The cause stays out of the error: it may quote addresses with signatures
 * in them. A mistake of peel's own is no connection's: it is told as `INTERNAL`.
 */
export function connectionFailure(action: string, host: string, thrown: unknown, proxy?: string, overTls = false): ImageError {
  const mistake = ownMistake(action, thrown, deepestCode(thrown))
  if (mistake !== undefined) return mistake
  const names = certificateNames(thrown)
  const waited = waitedFor(thrown)
  const facts = { code: deepestCode(thrown), message: messageOf(thrown), host: escapeText(host), proxy, names, overTls, waited }
  return worded(
    ROWS.find(({ codes, fits }) => codes?.includes(facts.code) !== false && fits?.(facts) !== false) ?? LOST,
    facts,
    action,
  )
}

/** A failure that a later try may not meet: the connection died or fell silent. Certificates and names do not heal. */
export function isTransient(thrown: unknown): boolean {
  return !(thrown instanceof ImageError) && TRANSIENT.has(deepestCode(thrown))
}

/** Nothing came for as long as a server is waited for. */
export function isSilence(thrown: unknown): boolean {
  return SILENT.has(deepestCode(thrown))
}

/** A failure after which a server has had all of its time: a silence of the last try is told as one of the whole time. */
export function afterAllTime(thrown: unknown, milliseconds: number): unknown {
  return ['NO_ANSWER', 'UND_ERR_HEADERS_TIMEOUT'].includes(deepestCode(thrown)) ? new NoAnswer(milliseconds) : thrown
}

/**
 * Whether a failed handshake looks like a server of plain http: `surely` when it answered in something else than TLS,
 * `perhaps` when it hung up, which a server does as well that misses a client certificate.
 */
export function speaksNoTls(thrown: unknown): 'surely' | 'perhaps' | 'no' {
  const code = deepestCode(thrown)
  if (NOT_TLS.test(`${code} ${messageOf(thrown)}`)) return 'surely'
  return HUNG_UP.has(code) ? 'perhaps' : 'no'
}

/** The error for a registry that speaks TLS and hung up: it wants a certificate of the client. */
export function wantsClientCertificate(action: string, host: string): ImageError {
  return connectionFailure(action, host, Object.assign(new Error(), { code: 'CERTIFICATE_REQUIRED' }))
}

const SILENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'SLOW_ANSWER',
  'NO_ANSWER',
])
const HUNG_UP = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'])
const NOT_TLS =
  /WRONG_VERSION_NUMBER|wrong version number|packet length too long|HTTP_REQUEST|unknown protocol|socket disconnected before secure TLS/i
const UNTRUSTED =
  /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE|CERT_REVOKED|INVALID_CA|CERT_CHAIN_TOO_LONG|PATH_LENGTH|INVALID_PURPOSE/
const TRANSIENT = new Set(
  'ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENETRESET UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_RES_CONTENT_LENGTH_MISMATCH NO_ANSWER'.split(
    ' ',
  ),
)

type Facts = {
  /** Of Node, undici or OpenSSL. */
  readonly code: string
  readonly message: string
  /** Escaped. */
  readonly host: string
  readonly proxy: string | undefined
  /** The names that the refused certificate is for. */
  readonly names: string
  readonly overTls: boolean
  /** ` within 10 seconds`, where it is known how long an answer was waited for. */
  readonly waited: string
}

/** One way for a connection to fail: how it is recognised, and its words with the cause that is most likely and the next thing to do. */
type Row = {
  readonly code: ErrorCode
  /** Codes of Node, undici or OpenSSL, one of which it has; any where left out. */
  readonly codes?: readonly string[]
  readonly fits?: (facts: Facts) => boolean
  readonly why: (facts: Facts) => string
  readonly hint: (facts: Facts) => string
}

const SILENT_HINT = 'Try again later, the registry or a proxy on the way may be overloaded; --timeout SECONDS waits longer.'
const trust = ({ host }: Facts) =>
  `Pass its authority with --cacert FILE, put it into ~/.config/containers/certs.d/${host}/ca.crt, or, if you accept the risk, use --insecure.`

/** The first row that fits counts. */
const ROWS: readonly Row[] = [
  {
    code: 'PROXY_FAILED',
    fits: ({ code, proxy }) => proxy !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code),
    why: ({ proxy, code }) =>
      `the proxy ${proxyName(proxy)} cannot be reached: ${code === 'ECONNREFUSED' ? 'nothing listens there' : 'no address is known for it'}`,
    hint: ({ host }) => `Check HTTPS_PROXY, or reach the registry past it: NO_PROXY=${host}`,
  },
  {
    code: 'PROXY_FAILED',
    fits: ({ message, proxy }) => proxy !== undefined && /\b407\b/.test(message),
    why: ({ proxy }) => `the proxy ${proxyName(proxy)} wants a login`,
    hint: ({ host }) =>
      `Give it with its credentials, HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, or reach the registry past it: NO_PROXY=${host}`,
  },
  {
    code: 'PROXY_FAILED',
    fits: ({ code, message, proxy }) =>
      code.startsWith('UND_ERR_PRX') || (proxy !== undefined && /Proxy response/i.test(message)),
    why: ({ proxy }) => `the proxy ${proxyName(proxy)} did not let the request through`,
    hint: ({ host }) => `Check HTTPS_PROXY and its credentials, or reach the registry past it: NO_PROXY=${host}`,
  },
  {
    code: 'HOST_UNKNOWN',
    codes: ['ENOTFOUND', 'EAI_AGAIN'],
    why: ({ host }) => `no address is known for "${host}"`,
    hint: () =>
      'Check the spelling of the host and this machine’s name service (DNS); where only a proxy leads out, set HTTPS_PROXY.',
  },
  {
    code: 'CONNECTION_REFUSED',
    codes: ['ECONNREFUSED'],
    why: ({ host }) => `nothing listens at ${host}`,
    hint: ({ host }) =>
      /^(?:localhost|127\.|\[::1\])/.test(host)
        ? 'Start the registry, or check the port: ss -ltn lists those that are open on this machine.'
        : 'Check the port and that the registry is running.',
  },
  {
    code: 'CONNECTION_TIMED_OUT',
    codes: ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
    why: ({ host, code }) => `${host} cannot be reached (${code})`,
    hint: ({ proxy }) =>
      proxy === undefined
        ? 'Check the network, a firewall, or set HTTPS_PROXY if this network needs a proxy.'
        : 'Check the network and the proxy of HTTPS_PROXY.',
  },
  {
    code: 'REGISTRY_SILENT',
    codes: ['UND_ERR_HEADERS_TIMEOUT', 'SLOW_ANSWER', 'NO_ANSWER'],
    fits: ({ proxy }) => proxy !== undefined,
    why: ({ host, proxy, waited }) => `${host} does not answer${waited} through the proxy ${proxyName(proxy)}`,
    hint: ({ host }) => `Try again later; check HTTPS_PROXY, or reach the registry past it: NO_PROXY=${host}`,
  },
  {
    code: 'REGISTRY_SILENT',
    codes: ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'NO_ANSWER'],
    why: ({ host, waited }) => `${host} does not answer${waited}`,
    hint: () => SILENT_HINT,
  },
  {
    code: 'REGISTRY_SILENT',
    codes: ['SLOW_ANSWER'],
    why: ({ host }) => `${host} sends its answer too slowly`,
    hint: () => SILENT_HINT,
  },
  {
    code: 'TLS_UNTRUSTED',
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    why: ({ host }) => `the certificate of ${host} is for another host`,
    hint: ({ names }) =>
      names === ''
        ? 'It names no host (subjectAltName): ask the operator for one that does.'
        : `Use a name it was issued for${names}.`,
  },
  {
    code: 'TLS_UNTRUSTED',
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    why: ({ host, code }) => `the certificate of ${host} is not valid at this time (${code})`,
    hint: () => 'Check this machine’s clock, then tell the operator of the registry.',
  },
  {
    code: 'TLS_UNTRUSTED',
    fits: facts => UNTRUSTED.test(allWords(facts)),
    why: ({ host, code }) => `the certificate of ${host} is not trusted here (${code})`,
    hint: trust,
  },
  {
    code: 'TLS_CLIENT_CERTIFICATE',
    fits: facts => WANTS_CERTIFICATE.test(allWords(facts)),
    why: ({ host }) => `${host} wants a client certificate it knows`,
    hint: ({ host }) => `Put client.cert and client.key into ~/.config/containers/certs.d/${host}/.`,
  },
  {
    code: 'TLS_NOT_SPOKEN',
    fits: facts => NOT_TLS.test(allWords(facts)),
    why: ({ host }) => `${host} does not speak TLS`,
    hint: () => 'If it is meant to be reached by plain http, use --insecure, or insecure = true for it in registries.conf.',
  },
  {
    code: 'TLS_FAILED',
    fits: facts => OLD_TLS.test(allWords(facts)),
    why: ({ host, code }) => `${host} has no version of TLS that is still safe (${code})`,
    hint: () => 'Ask its operator for TLS 1.2 or newer.',
  },
  {
    code: 'TLS_FAILED',
    fits: ({ code }) => /SSL|TLS/.test(code),
    why: ({ host, code }) => `no secure connection to ${host} (${code})`,
    hint: trust,
  },
  {
    code: 'ANSWER_INVALID',
    codes: ['UND_ERR_HEADERS_OVERFLOW'],
    why: ({ host }) => `${host} sends more headers than an answer may have`,
    hint: () => 'Check the port, and a proxy on the way that may add them.',
  },
  {
    code: 'ANSWER_INVALID',
    fits: ({ code }) => code.startsWith('HPE_'),
    why: ({ host, code }) => `${host} does not answer in HTTP (${code})`,
    hint: () => 'Check the port: another service may listen there.',
  },
  {
    // The alert of TLS 1.3 comes after the request has been sent, and is lost where the server then closes at once.
    code: 'CONNECTION_LOST',
    codes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'],
    fits: ({ overTls }) => overTls,
    why: ({ host, code }) => `${host} hung up before it answered anything (${code})`,
    hint: ({ host }) =>
      `A server that wants a client certificate may do so: put client.cert and client.key into ~/.config/containers/certs.d/${host}/. Else try again, and look at the registry’s log.`,
  },
]

const LOST: Row = {
  code: 'CONNECTION_LOST',
  why: ({ host, code }) => `the connection to ${host} was lost (${code || 'no reason given'})`,
  hint: () => 'Try again; if it keeps happening, look at the registry’s log.',
}

const WANTS_CERTIFICATE =
  /CERTIFICATE_REQUIRED|certificate required|BAD_CERTIFICATE|bad certificate|UNKNOWN_CA|unknown ca|HANDSHAKE_FAILURE/i

const OLD_TLS = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/i

function allWords({ code, message }: Facts): string {
  return `${code} ${message}`
}

function worded(row: Row, facts: Facts, action: string): ImageError {
  return new ImageError(row.code, `Cannot ${action}: ${row.why(facts)}`, { hint: row.hint(facts) })
}

function waitedFor(thrown: unknown): string {
  for (const each of causes(thrown))
    if (each instanceof NoAnswer) return ` within ${countOf(Math.max(1, Math.round(each.milliseconds / 1000)), 'second')}`
  return ''
}

function proxyName(proxy: string | undefined): string {
  return escapeText(proxy !== undefined && URL.canParse(proxy) ? new URL(proxy).host : 'of the environment')
}

/** `: DNS:r.example, IP:10.0.0.1`, of the certificate that was refused. */
function certificateNames(thrown: unknown): string {
  for (const each of causes(thrown)) {
    const certificate = 'cert' in each && isRecord(each.cert) ? each.cert['subjectaltname'] : undefined
    if (typeof certificate === 'string') return `: ${escapeText(certificate.slice(0, 200))}`
  }
  return ''
}

/** The most telling code in a chain of causes: Node and undici wrap what OpenSSL and the resolver said. */
function deepestCode(thrown: unknown): string {
  let code = ''
  for (const each of causes(thrown)) {
    if ('code' in each && typeof each.code === 'string') code = each.code
    // undici gives some of these no code.
    else if (each.name === 'HTTPParserError') code = 'HPE_INVALID'
  }
  return code
}

function* causes(thrown: unknown): Generator<Error> {
  let current = thrown
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    yield current
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.message} ${thrown.cause instanceof Error ? thrown.cause.message : ''}` : ''
}
