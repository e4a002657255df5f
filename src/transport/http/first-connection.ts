import { isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import { withoutBrackets } from './address-class.ts'

/** A host to connect to, and how its name is looked up. */
export type ConnectionTarget = { readonly url: URL; readonly lookup: LookupFunction; readonly timeout: number }

/** The first connection to a host of TLS, which is begun before it is known which certificates are trusted there. */
export type FirstConnection = {
  /** Settles once the host's address is known and a connection to it is on its way, or known to fail. */
  readonly isOnItsWay: Promise<void>
  /** Connects as `secured` does, the first time over the connection that was begun. */
  readonly over: (secured: buildConnector.connector) => buildConnector.connector
  /** Ends the connection where it was not used. */
  readonly close: () => void
}

/** Begins to connect: reading the authorities of a system takes as long as a handshake, which goes on meanwhile. */
export function beginConnection({ url, lookup, timeout }: ConnectionTarget): FirstConnection {
  const hostname = withoutBrackets(url.hostname)
  const { promise: isOnItsWay, resolve: onItsWay } = Promise.withResolvers<void>()
  const watched: LookupFunction = (name, options, callback) =>
    lookup(name, options, (...answer) => {
      callback(...answer)
      setImmediate(onItsWay)
    })
  const target = { protocol: 'http:', hostname, host: url.host, port: url.port || '443' }
  let unused: Promise<Socket> | undefined = new Promise((resolve, reject) => {
    buildConnector({ lookup: watched, timeout })(target, (...[error, socket]) =>
      error === null ? resolve(socket) : reject(error),
    )
  })
  unused.catch(() => onItsWay())
  if (isIP(hostname) !== 0) onItsWay()
  const take = () => {
    const taken = unused
    unused = undefined
    return taken
  }
  return {
    isOnItsWay,
    over: secured => (wanted, done) => {
      const first = take()
      if (first === undefined) return secured(wanted, done)
      first.then(
        socket => secured({ ...wanted, httpSocket: socket }, done),
        error => done(error, null),
      )
    },
    close: () =>
      void take()
        ?.then(socket => socket.destroy())
        .catch(() => undefined),
  }
}
