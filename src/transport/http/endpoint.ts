import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { addressClass } from './address-class.ts'

/** docker.io is a name; its API lives elsewhere (registry.md 3.1). */
const API_HOSTS: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
}

/**
 * The origins a registry may be tried at, best first. Plain http only where it was asked for or the host is this machine
 * (registry.md 3.2); https comes first there too, and only a server that does not speak TLS falls to http.
 * @throws ImageError `REFERENCE_INVALID`
 */
export function candidateOrigins(host: string, insecure: boolean): readonly URL[] {
  const apiHost = API_HOSTS[host] ?? host
  const https = parseOrigin(`https://${apiHost}`, host)
  return insecure || isLoopback(https.hostname) ? [https, parseOrigin(`http://${apiHost}`, host)] : [https]
}

/** Whether a host name (IPv6 with or without brackets) means this machine. */
export function isLoopback(hostname: string): boolean {
  return addressClass(hostname) === 'loopback'
}

function parseOrigin(text: string, host: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && url.pathname === '/' && url.username === '' && url.search === '' && url.hash === '') return url
  // The text before an @ may be a password.
  const shown = escapeText(host.replace(/^[\s\S]*@/, '***@'))
  throw new ImageError('REFERENCE_INVALID', `Cannot use the registry "${shown}": it is not a host or host:port`, {
    hint: host.includes('@')
      ? 'A name carries no login: log in with `docker login`, or use --authfile.'
      : 'Write HOST or HOST:PORT.',
  })
}
