import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** The connections to one origin, for the words of a failure: whether one was ever made, and how much has come over them. */
export class WatchedSockets {
  readonly #sockets = new Set<Socket>()
  #ended = 0
  #wasConnected = false

  /** The same connector, whose connections are watched. */
  watch(connect: buildConnector.connector): buildConnector.connector {
    return (target, done) =>
      connect(target, (...[error, socket]) => {
        if (error !== null) return done(error, null)
        this.#wasConnected = true
        this.#sockets.add(socket)
        socket.once('close', () => {
          this.#sockets.delete(socket)
          this.#ended += socket.bytesRead
        })
        done(null, socket)
      })
  }

  get wasConnected(): boolean {
    return this.#wasConnected
  }

  /** Bytes that came over all of them. */
  get bytesRead(): number {
    let sum = this.#ended
    for (const { bytesRead } of this.#sockets) sum += bytesRead
    return sum
  }
}
