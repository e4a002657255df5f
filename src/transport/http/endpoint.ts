import { isIP } from 'node:net'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'

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
  const name = bare(hostname)
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** Whether a host is an address that only means something on this machine or its own network. */
export function isPrivateAddress(hostname: string): boolean {
  const name = bare(hostname)
  if (isLoopback(name)) return true
  if (isIP(name) === 4)
    return /^(?:0|10)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      name,
    )
  if (isIP(name) === 6) return /^(?:::$|::ffff:|64:ff9b:|f[cd]|fe[89ab])/.test(name)
  return false
}

/** URL normalises addresses (`2130706433`, `0x7f.1`), so its host name is what is compared. */
function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

function parseOrigin(text: string, host: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && url.pathname === '/' && url.username === '' && url.search === '' && url.hash === '') return url
  throw new ImageError('REFERENCE_INVALID', `Cannot use the registry "${escapeText(host)}": it is not a host or host:port`)
}
