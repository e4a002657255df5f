import { ImageError } from '../../../error.ts'
import { escapeText } from '../../../escape.ts'
import { addressClass } from '../../http/address-class.ts'
import { isLoopback } from '../../http/endpoint.ts'

/**
 * The token service a challenge names, refused where following it could be abused (registry.md 3.4, 5): it must speak
 * https unless the registry itself speaks http, it may not sit at a private address other than the registry's own host,
 * and credentials do not travel over http to another host.
 * @throws ImageError `REALM_UNSAFE`
 */
export function safeRealm(realm: string, registry: URL, withCredentials: boolean): URL {
  const url = URL.canParse(realm, registry.href) ? new URL(realm, registry) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw unsafe(realm, 'it is not an http address')
  if (url.username !== '' || url.password !== '') throw unsafe(url.host, 'its address carries credentials of its own')
  const sameHost = url.hostname === registry.hostname || (isLoopback(url.hostname) && isLoopback(registry.hostname))
  if (url.protocol === 'http:' && registry.protocol !== 'http:')
    throw unsafe(url.host, 'it does not use TLS while the registry does')
  // A name that resolves to such an address is refused when the connection is made (address-guard.ts).
  if ((addressClass(url.hostname) ?? 'public') !== 'public' && !sameHost)
    throw unsafe(url.host, 'a private address that is not the registry’s')
  if (url.protocol === 'http:' && !sameHost && withCredentials) {
    throw unsafe(url.host, 'credentials are not sent over plain http to another host')
  }
  return url
}

function unsafe(realm: string, why: string): ImageError {
  return new ImageError(
    'REALM_UNSAFE',
    `Cannot log in: the registry sends logins to "${escapeText(realm.slice(0, 200))}": ${why}`,
    {
      hint: 'Tell the operator of the registry; peel sent nothing there.',
    },
  )
}
