import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** Connections that are open and not used yet, of one host. */
export type SpareConnections = {
  /** Opens a connection, or hands out one that was opened beside an earlier one. */
  readonly connect: buildConnector.connector
  /** Opens the connections before the first is asked for, where it is not certain yet that any will be. */
  readonly prepare: (target: buildConnector.Options) => void
  readonly close: () => void
}

/**
 * Once the first connection to a host stands, opens `count` more: what is asked for together after the first answer then waits for
 * no handshake. A spare one that dies before it is wanted is as if it had never been.
 */
export function spareConnections(connect: buildConnector.connector, count: number): SpareConnections {
  const spare: Promise<Socket | undefined>[] = []
  let isFirst = true
  let isClosed = false
  const open = (target: buildConnector.Options) =>
    new Promise<Socket | undefined>(resolve => {
      connect(target, (error, socket) => {
        if (isClosed) socket?.destroy()
        resolve(error === null ? socket : undefined)
      })
    })
  const openWith = (target: buildConnector.Options, done: buildConnector.Callback) => {
    connect(target, (...[error, socket]) => {
      if (error !== null) return done(error, null)
      if (isFirst) for (let index = 0; index < count; index++) spare.push(open(target))
      isFirst = false
      done(null, socket)
    })
  }
  return {
    prepare: target => {
      if (!isFirst || isClosed) return
      isFirst = false
      for (let index = 0; index <= count; index++) spare.push(open(target))
    },
    connect: (target, done) => {
      const waiting = spare.shift()
      if (waiting === undefined) return openWith(target, done)
      void waiting.then(socket => (socket !== undefined && isUsable(socket) ? done(null, socket) : openWith(target, done)))
    },
    close: () => {
      isClosed = true
      for (const each of spare) void each.then(socket => socket?.destroy())
    },
  }
}

/** Whether the server has not closed it, or said something unasked. */
function isUsable(socket: Socket): boolean {
  return !socket.destroyed && socket.readyState === 'open' && socket.readableLength === 0
}
