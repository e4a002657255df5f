import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'

type Words = readonly [code: ErrorCode, why: string, hint: string]

/**
 * The error for a dead connection, with a hint. `action` reads "pull docker.io/library/nginx".
 * The cause stays out of the error: it may quote addresses with signatures in them.
 */
export function connectionFailure(action: string, host: string, thrown: unknown, proxy?: string): ImageError {
  const [code, why, hint] = explain(thrown, escapeText(host), proxy)
  return new ImageError(code, `Cannot ${action}: ${why}`, { hint })
}

/** A failure that a later try may not meet: the connection died or fell silent. Certificates and names do not heal. */
export function isTransient(thrown: unknown): boolean {
  return !(thrown instanceof ImageError) && TRANSIENT.has(deepestCode(thrown))
}

/** Nothing came for as long as a server is waited for. */
export function isSilence(thrown: unknown): boolean {
  return SILENT.has(deepestCode(thrown))
}

/** The error of an answer that comes too slowly to be waited for. */
export class SlowAnswer extends Error {
  readonly code = 'SLOW_ANSWER'
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
  const [code, why, hint] = clientCertificate(escapeText(host))
  return new ImageError(code, `Cannot ${action}: ${why}`, { hint })
}

const SILENT = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT', 'SLOW_ANSWER'])
const HUNG_UP = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'])
const NOT_TLS =
  /WRONG_VERSION_NUMBER|wrong version number|packet length too long|HTTP_REQUEST|unknown protocol|socket disconnected before secure TLS/i
const UNTRUSTED =
  /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE|CERT_REVOKED|INVALID_CA|CERT_CHAIN_TOO_LONG|PATH_LENGTH|INVALID_PURPOSE/
const TRANSIENT = new Set(
  'ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENETRESET UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_RES_CONTENT_LENGTH_MISMATCH'.split(
    ' ',
  ),
)

function explain(thrown: unknown, host: string, proxy: string | undefined): Words {
  const [code, message] = [deepestCode(thrown), messageOf(thrown)]
  if (code.startsWith('UND_ERR_PRX') || (proxy !== undefined && /407|Proxy response/i.test(message))) return proxyFailure(proxy)
  if (proxy !== undefined && (code === 'ECONNREFUSED' || code === 'ENOTFOUND')) return proxyFailure(proxy)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return [
      'HOST_UNKNOWN',
      `no address is known for "${host}"`,
      'Check the spelling of the host and this machine’s name service (DNS).',
    ]
  if (code === 'ECONNREFUSED')
    return ['CONNECTION_REFUSED', `nothing listens at ${host}`, 'Check the port and that the registry is running.']
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return [
      'CONNECTION_TIMED_OUT',
      `${host} cannot be reached (${code})`,
      'Check the network, a firewall, or set HTTPS_PROXY if this network needs a proxy.',
    ]
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return ['REGISTRY_SILENT', `${host} does not answer`, SILENT_HINT]
  if (code === 'SLOW_ANSWER') return ['REGISTRY_SILENT', `${host} sends its answer too slowly`, SILENT_HINT]
  return explainTls(code, host, message, certificateNames(thrown)) ?? explainBroken(code, host)
}

const SILENT_HINT = 'Try again later, the registry or a proxy on the way may be overloaded; --timeout SECONDS waits longer.'

function explainTls(code: string, host: string, message: string, names: string): Words | undefined {
  const all = `${code} ${message}`
  const trust = 'Pass its authority with --cacert FILE, put it into certs.d, or, if you accept the risk, use --insecure.'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return ['TLS_UNTRUSTED', `the certificate of ${host} is for another host`, `Use a name it was issued for${names}.`]
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return [
      'TLS_UNTRUSTED',
      `the certificate of ${host} is not valid at this time (${code})`,
      'Check this machine’s clock, then tell whoever runs the registry.',
    ]
  if (UNTRUSTED.test(all)) return ['TLS_UNTRUSTED', `the certificate of ${host} is not trusted here (${code})`, trust]
  if (
    /CERTIFICATE_REQUIRED|certificate required|BAD_CERTIFICATE|bad certificate|UNKNOWN_CA|unknown ca|HANDSHAKE_FAILURE/i.test(all)
  )
    return clientCertificate(host)
  if (NOT_TLS.test(all))
    return ['TLS_NOT_SPOKEN', `${host} does not speak TLS`, 'If it is meant to be reached by plain http, use --insecure.']
  return /SSL|TLS/.test(code) ? ['TLS_FAILED', `no secure connection to ${host} (${code})`, trust] : undefined
}

/** `: DNS:r.example, IP:10.0.0.1`, of the certificate that was refused. */
function certificateNames(thrown: unknown): string {
  for (const each of causes(thrown)) {
    const certificate = 'cert' in each && isRecord(each.cert) ? each.cert['subjectaltname'] : undefined
    if (typeof certificate === 'string') return `: ${escapeText(certificate.slice(0, 200))}`
  }
  return ''
}

function clientCertificate(host: string): Words {
  const hint = `Put client.cert and client.key into ~/.config/containers/certs.d/${host}/.`
  return ['TLS_CLIENT_CERTIFICATE', `${host} wants a client certificate it knows`, hint]
}

function explainBroken(code: string, host: string): Words {
  if (code.startsWith('HPE_'))
    return ['ANSWER_INVALID', `${host} does not answer in HTTP (${code})`, 'Check the port: another service may listen there.']
  return [
    'CONNECTION_LOST',
    `the connection to ${host} was lost (${code || 'no reason given'})`,
    'Try again; if it keeps happening, look at the registry’s log.',
  ]
}

function proxyFailure(proxy: string | undefined): Words {
  const name = proxy !== undefined && URL.canParse(proxy) ? new URL(proxy).host : 'of the environment'
  return [
    'PROXY_FAILED',
    `the proxy ${escapeText(name)} did not let the request through`,
    'Check HTTPS_PROXY and its credentials, or add the registry to NO_PROXY.',
  ]
}

/** The most telling code in a chain of causes: Node and undici wrap what OpenSSL and the resolver said. */
function deepestCode(thrown: unknown): string {
  let code = ''
  for (const each of causes(thrown)) if ('code' in each && typeof each.code === 'string') code = each.code
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
