import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { isLoopback } from '../transport/http/endpoint.ts'

/** Where the server listens; port 0 is any that is free. */
export type ListenAddress = { readonly host: string; readonly port: number }

/** docker-registry's own port, which every example names. */
const DEFAULT: ListenAddress = { host: '127.0.0.1', port: 5000 }

/**
 * `HOST:PORT`, `:PORT`, `PORT`, `HOST`, `[::1]:PORT`.
 * @throws ImageError `SETTING_INVALID`
 */
export function parseListenAddress(text: string | undefined): ListenAddress {
  if (text === undefined) return DEFAULT
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]*[a-z.-][a-z0-9.-]*|(?:\d+\.){3}\d+)|)(?::?(\d{1,5}))?$/i.exec(text)
  const host = match?.[1] ?? match?.[2] ?? DEFAULT.host
  const port = match?.[3] === undefined ? DEFAULT.port : Number(match[3])
  if (match !== null && text !== '' && port <= 65_535) return { host, port }
  throw new ImageError(
    'SETTING_INVALID',
    { action: `listen at "${escapeText(text)}"`, why: 'it is no address' },
    { hint: 'Write HOST:PORT, such as 127.0.0.1:5000 or [::1]:5000; port 0 takes one that is free.' },
  )
}

/** Whether only this machine reaches the address. `0.0.0.0` and `::` mean it to a client; a server there answers on every address. */
export function staysOnMachine({ host }: ListenAddress): boolean {
  return isLoopback(host) && !isEverywhere(host)
}

/** Whether a server listens on every address of the machine. */
export function isEverywhere(host: string): boolean {
  return /^\[?(?:0+(?:\.0+)*|0*(?::0*)+)\]?$/.test(host)
}
