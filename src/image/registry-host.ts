import { DOMAIN_PATTERN, FILE_END } from './reference.ts'

/**
 * The registry that a text names, when it names nothing but one: `localhost:5000`, `ghcr.io`, `registry:5000/`. A name
 * without a dot and a port could be an image and its tag (`redis:7`); a slash at the end says that it is a host.
 */
export function registryHost(text: string): string | undefined {
  const bare = text.replace(/^(?:docker|https?):\/\//, '')
  const host = bare.replace(/\/+$/, '')
  if (!DOMAIN_PATTERN.test(host)) return undefined
  if (bare !== text || bare !== host) return host
  const name = host.replace(/:\d+$/, '')
  const known = name === 'localhost' || name.startsWith('[') || (name.includes('.') && !FILE_END.test(host))
  return known ? host : undefined
}
