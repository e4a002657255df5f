import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectionFailure, wantsClientCertificate } from '../../../src/transport/http/failure.ts'

const coded = (code: string, message = '', more: object = {}) => Object.assign(new Error(message), { code, ...more })
const inFetch = (cause: Error) => new Error('fetch failed', { cause })
const PROXY = 'http://user:secret@proxy.example:3128'

/** The failure, the code, the message and the hint. */
const ROWS: readonly (readonly [
  name: string,
  thrown: unknown,
  code: string,
  why: RegExp,
  hint: RegExp,
  host?: string,
  proxy?: string,
])[] = [
  ['no such host', coded('ENOTFOUND'), 'HOST_UNKNOWN', /no address is known for "r\.example"/, /spelling.*HTTPS_PROXY/],
  ['no name service', inFetch(coded('EAI_AGAIN')), 'HOST_UNKNOWN', /no address/, /DNS/],
  ['nothing listens', coded('ECONNREFUSED'), 'CONNECTION_REFUSED', /nothing listens at r\.example/, /Check the port/],
  ['nothing listens here', coded('ECONNREFUSED'), 'CONNECTION_REFUSED', /at localhost:5000/, /ss -ltn/, 'localhost:5000'],
  ['a firewall', coded('ETIMEDOUT'), 'CONNECTION_TIMED_OUT', /cannot be reached \(ETIMEDOUT\)/, /firewall.*HTTPS_PROXY/],
  ['no way there', inFetch(coded('ENETUNREACH')), 'CONNECTION_TIMED_OUT', /ENETUNREACH/, /network/],
  [
    'slow behind a proxy',
    coded('UND_ERR_CONNECT_TIMEOUT'),
    'CONNECTION_TIMED_OUT',
    /cannot be reached/,
    /the proxy of HTTPS_PROXY/,
    'r.example',
    PROXY,
  ],
  [
    'a silent proxy',
    coded('SLOW_ANSWER'),
    'REGISTRY_SILENT',
    /r\.example does not answer through the proxy proxy\.example:3128/,
    /NO_PROXY=r\.example/,
    'r.example',
    PROXY,
  ],
  [
    'no HTTP and no code',
    Object.assign(new Error('x'), { name: 'HTTPParserError' }),
    'ANSWER_INVALID',
    /does not answer in HTTP/,
    /another service/,
  ],
  ['silence', coded('UND_ERR_HEADERS_TIMEOUT'), 'REGISTRY_SILENT', /does not answer/, /--timeout SECONDS/],
  ['a slow answer', coded('SLOW_ANSWER'), 'REGISTRY_SILENT', /too slowly/, /--timeout SECONDS/],
  [
    'a proxy that refuses',
    coded('UND_ERR_PRX_TLS'),
    'PROXY_FAILED',
    /the proxy proxy\.example:3128 did not/,
    /NO_PROXY=r\.example/,
    'r.example',
    PROXY,
  ],
  [
    'a proxy that wants a login',
    new Error('Proxy response (407)'),
    'PROXY_FAILED',
    /proxy\.example:3128 wants a login/,
    /its credentials/,
    'r.example',
    PROXY,
  ],
  [
    'a proxy that is not there',
    coded('ECONNREFUSED'),
    'PROXY_FAILED',
    /proxy\.example:3128 cannot be reached: nothing listens there/,
    /HTTPS_PROXY/,
    'r.example',
    PROXY,
  ],
  ['plain http', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'TLS_NOT_SPOKEN', /does not speak TLS/, /--insecure.*registries\.conf/],
  [
    'an own authority',
    coded('SELF_SIGNED_CERT_IN_CHAIN'),
    'TLS_UNTRUSTED',
    /is not trusted here/,
    /--cacert FILE.*certs\.d\/r\.example\/ca\.crt.*--insecure/,
  ],
  ['an old certificate', coded('CERT_HAS_EXPIRED'), 'TLS_UNTRUSTED', /not valid at this time/, /clock/],
  [
    'another host’s certificate',
    coded('ERR_TLS_CERT_ALTNAME_INVALID', '', { cert: { subjectaltname: 'DNS:other.example' } }),
    'TLS_UNTRUSTED',
    /for another host/,
    /issued for: DNS:other\.example\./,
  ],
  [
    'a client certificate',
    coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    'TLS_CLIENT_CERTIFICATE',
    /wants a client certificate/,
    /client\.cert and client\.key.*certs\.d\/r\.example/,
  ],
  ['TLS in another way', coded('ERR_SSL_NO_CIPHER_MATCH'), 'TLS_FAILED', /no secure connection/, /--cacert/],
  ['an old TLS', coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'TLS_FAILED', /no version of TLS that is still safe/, /TLS 1\.2/],
  ['a certificate for no host', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_UNTRUSTED', /for another host/, /names no host/],
  [
    'a proxy that has no address',
    coded('ENOTFOUND'),
    'PROXY_FAILED',
    /proxy\.example:3128 cannot be reached: no address/,
    /HTTPS_PROXY/,
    'r.example',
    PROXY,
  ],
  ['no HTTP', coded('HPE_INVALID_CONSTANT'), 'ANSWER_INVALID', /does not answer in HTTP/, /another service/],
  ['headers without end', coded('UND_ERR_HEADERS_OVERFLOW'), 'ANSWER_INVALID', /more headers than/, /Check the port/],
  ['a dead line', coded('ECONNRESET'), 'CONNECTION_LOST', /was lost \(ECONNRESET\)/, /Try again/],
  ['anything else', 'what', 'CONNECTION_LOST', /no reason given/, /Try again/],
]

describe('connections that fail', () => {
  for (const [name, thrown, code, why, hint, host = 'r.example', proxy] of ROWS)
    test(`${name}: ${code}`, () => {
      const error = connectionFailure('pull r.example/app:1', host, thrown, proxy)
      assert.equal(error.code, code)
      assert.match(error.message, /^Cannot pull r\.example\/app:1: /)
      assert.match(error.message, why)
      assert.match(error.hint ?? '', hint)
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/)
    })

  test('a server that hung up may want a certificate', () => {
    const error = wantsClientCertificate('pull x', 'r.example')
    assert.equal(error.code, 'TLS_CLIENT_CERTIFICATE')
    assert.match(error.hint ?? '', /certs\.d\/r\.example/)
  })
})
