import { BlockList, isIP } from 'node:net'
import { ImageError } from '../../error.ts'
import { withoutBrackets } from './address-class.ts'
import { isLoopback } from './endpoint.ts'
import type { Environment } from './registry-options.ts'

/** Proxies as EnvHttpProxyAgent takes them: empty where there is none. */
export type Proxies = { readonly httpProxy: string; readonly httpsProxy: string; readonly noProxy: string }

/**
 * The proxies of the environment, `HTTPS_PROXY` and its like in both cases; an address without a scheme is one of http, as
 * Go's clients read it.
 * @throws ImageError `PROXY_FAILED` for one that cannot be used
 */
export function proxiesOf(environment: Environment): Proxies {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || ''
  const address = (name: string) => {
    const text = read(name)
    const url = text === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
    if (url === '' || (URL.canParse(url) && SPOKEN.has(new URL(url).protocol))) return url
    // Not quoted: it may hold a password.
    throw new ImageError('PROXY_FAILED', `Cannot use ${name.toUpperCase()}: it is not the address of a proxy`, {
      hint: 'Write http://HOST:PORT, or add the registry to NO_PROXY.',
    })
  }
  return { httpProxy: address('http_proxy'), httpsProxy: address('https_proxy'), noProxy: read('no_proxy') }
}

const SPOKEN = new Set(['http:', 'https:', 'socks:', 'socks5:'])

/** Whether no proxy is asked for a host whatever the names say: this machine, and networks of NO_PROXY (`10.0.0.0/8`), as in Go's clients. */
export function isNeverProxied({ hostname }: URL, noProxy: string): boolean {
  if (isLoopback(hostname)) return true
  const address = withoutBrackets(hostname)
  const family = isIP(address)
  if (family === 0) return false
  const networks = new BlockList()
  for (const entry of noProxy.split(/[,\s]+/)) {
    const [network = '', bits = ''] = entry.split('/')
    if (isIP(network) === family && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
      networks.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** The proxy that requests to `url` go through, for the words of a failure. */
export function proxyOf(url: URL, { httpProxy, httpsProxy, noProxy }: Proxies): string | undefined {
  if (isNeverProxied(url, noProxy) || isNamed(url, noProxy)) return undefined
  return (url.protocol === 'https:' ? httpsProxy || httpProxy : httpProxy) || undefined
}

/** As undici reads NO_PROXY: names with all below them, `*` for everything. */
function isNamed({ hostname }: URL, noProxy: string): boolean {
  const names = noProxy.split(/[,\s]+/).map(entry => entry.replace(/:\d+$/, '').replace(/^\*?\./, ''))
  return names.some(name => name === '*' || (name !== '' && (hostname === name || hostname.endsWith(`.${name}`))))
}
