import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type AddressClass, addressClass, bareHost } from './address-class.ts'
import { candidateOrigins } from './endpoint.ts'
import type { Environment, RegistryOptions, Resolve } from './registry-options.ts'

/**
 * Keeps a registry from sending peel into networks it is not in itself: to this machine, to a private network, to the
 * link-local address of a cloud's metadata service. The addresses are looked at while the connection is made, so a name cannot
 * resolve to one address for the check and to another for the connection. Hosts named in `PEEL_PRIVATE_HOSTS` (separated by
 * commas) and everything under `--insecure` are let through. Names that a proxy of the environment resolves are the proxy's affair;
 * addresses written as numbers are refused before one is asked.
 */
export class AddressGuard {
  readonly #off: boolean
  readonly #allowed: ReadonlySet<string>
  readonly #own = new Set<string>()
  readonly #resolve: Resolve
  /** Classes of the registry's own addresses as far as connections were made. One public address makes it public. */
  readonly #ownClasses = new Set<AddressClass>()

  constructor(registry: string, options: RegistryOptions, resolve: Resolve = resolveAll) {
    this.#off = options.insecure === true
    this.#allowed = allowedHosts(options.environment ?? process.env)
    this.#resolve = resolve
    for (const { hostname } of candidateOrigins(registry, true)) {
      this.#own.add(bareHost(hostname))
      this.#learn(addressClass(hostname))
    }
  }

  /**
   * Refuses an address written as numbers, before anything is sent to it.
   * @throws ImageError `ADDRESS_REFUSED`
   */
  check({ hostname }: URL): void {
    const host = bareHost(hostname)
    const found = addressClass(host)
    if (found !== undefined && !this.#admits(host, found)) throw refused(host, found)
  }

  /** The lookup of names for connections: only addresses that may be reached come out of it. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const wanted = familyOf(options.family)
    this.#resolve(hostname, (error, all) => {
      if (error !== null) return callback(error, '')
      const addresses = wanted === 0 ? all : all.filter(({ family }) => family === wanted)
      const host = bareHost(hostname)
      if (this.#own.has(host)) for (const { address } of addresses) this.#learn(addressClass(address))
      const admitted = addresses.filter(({ address }) => this.#admits(host, addressClass(address) ?? 'reserved'))
      const [first] = admitted
      if (first === undefined) {
        const shown = addresses[0]?.address
        return callback(shown === undefined ? unknown(hostname) : refused(host, addressClass(shown) ?? 'reserved', shown), '')
      }
      if (options.all === true) callback(null, [...admitted], undefined)
      else callback(null, first.address, first.family)
    })
  }

  #learn(found: AddressClass | undefined): void {
    if (found !== undefined) this.#ownClasses.add(found)
  }

  #admits(host: string, found: AddressClass): boolean {
    if (found === 'public' || this.#off || this.#own.has(host) || this.#allowed.has(host)) return true
    return !this.#ownClasses.has('public') && this.#ownClasses.has(found)
  }
}

/** The hosts of `PEEL_PRIVATE_HOSTS`, names or addresses. */
function allowedHosts(environment: Environment): ReadonlySet<string> {
  return new Set(
    (environment['PEEL_PRIVATE_HOSTS'] ?? '')
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(bareHost),
  )
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4
  return family === 6 || family === 'IPv6' ? 6 : 0
}

const resolveAll: Resolve = (hostname, done) => {
  lookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []))
}

function unknown(hostname: string): Error {
  return Object.assign(new Error(`no address of the wanted family for ${hostname}`), { code: 'ENOTFOUND' })
}

const PLACES: Readonly<Record<AddressClass, string>> = {
  'link-local': 'a link-local address',
  loopback: 'this machine',
  private: 'in a private network',
  public: 'in the public network',
  reserved: 'a reserved address',
}

function refused(host: string, found: AddressClass, address = host): ImageError {
  const shown = address === host ? escapeText(host) : `${escapeText(host)} (${escapeText(address)})`
  const failure = { action: `follow the registry to ${shown}`, why: `that is ${PLACES[found]}, and the registry is elsewhere` }
  return new ImageError('ADDRESS_REFUSED', failure, {
    hint: 'Tell the operator of the registry; if it is meant so, name the host in PEEL_PRIVATE_HOSTS or use --insecure.',
  })
}
