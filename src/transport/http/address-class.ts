import { isIP } from 'node:net'

/** How far an IP address reaches. `reserved` holds multicast and future use, which no registry has. */
export type AddressClass = 'public' | 'private' | 'link-local' | 'loopback' | 'reserved'

/**
 * The class of an IP address, or of a name that means this machine; undefined for other names, which a resolver must look up.
 * IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) counts as the IPv4 address that is reached (RFC 6890, 6052, 3056, 4380).
 */
export function addressClass(host: string): AddressClass | undefined {
  const name = bareHost(host)
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback'
  if (isIP(name) === 4) return classOfIPv4(name.split('.').map(Number))
  return isIP(name) === 6 ? classOfIPv6(wordsOf(name)) : undefined
}

/** A URL's host name without brackets and final dot. URL writes addresses the usual way (`2130706433`, `0x7f.1`). */
export function bareHost(hostname: string): string {
  return withoutBrackets(hostname.toLowerCase()).replace(/%.*$/, '').replace(/\.$/, '')
}

/** A host name as sockets take it: a URL writes IPv6 addresses in brackets. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function classOfIPv4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): AddressClass {
  // All of 0.0.0.0/8 leads to this machine on Linux.
  if (a === 127 || a === 0) return 'loopback'
  // The second is Azure's agent of a machine: a public address that the host of the machine answers.
  if ((a === 169 && b === 254) || [a, b, c, d].join('.') === '168.63.129.16') return 'link-local'
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private'
  // Carrier-grade NAT, benchmarks, protocol assignments: Alibaba's and Oracle's metadata services live in such networks.
  if ((a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19)) || (a === 192 && b === 0 && c === 0))
    return 'private'
  return a >= 224 ? 'reserved' : 'public'
}

function classOfIPv6(words: readonly number[]): AddressClass {
  const [first = 0, second = 0, third = 0] = words
  const zeros = (from: number, to: number) => words.slice(from, to).every(word => word === 0)
  const last = ipv4Of(words[6], words[7])
  if (zeros(0, 7) && (words[7] ?? 0) <= 1) return 'loopback'
  if (zeros(0, 6) || (zeros(0, 5) && words[5] === 0xffff) || (zeros(0, 4) && words[4] === 0xffff)) return classOfIPv4(last)
  if (first === 0x64 && second === 0xff9b) return third === 0 ? classOfIPv4(last) : 'private'
  if (first === 0x2002) return classOfIPv4(ipv4Of(second, third))
  if (first === 0x2001 && second === 0) return classOfIPv4(ipv4Of(0xffff ^ (words[6] ?? 0), 0xffff ^ (words[7] ?? 0)))
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0) return 'private'
  return (first & 0xff00) === 0xff00 ? 'reserved' : 'public'
}

function ipv4Of(high = 0, low = 0): readonly number[] {
  return [high >> 8, high & 255, low >> 8, low & 255]
}

/** The eight words of a valid IPv6 address; URL turns a dotted end into two of them. */
function wordsOf(name: string): readonly number[] {
  const url = `http://[${name}]/`
  const text = URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : '::'
  const [head = '', tail] = text.split('::')
  const words = (part: string | undefined) => (part ? part.split(':').map(word => Number.parseInt(word, 16)) : [])
  const [before, after] = [words(head), words(tail)]
  return tail === undefined ? before : [...before, ...new Array(8 - before.length - after.length).fill(0), ...after]
}
