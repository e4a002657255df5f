import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export type SlowLineOptions = {
  /** Milliseconds to the server and back. */
  readonly roundTrip: number
  /** Bytes a second in each direction, of all connections together. */
  readonly bytesPerSecond: number
}

/** A line to a server on this machine that is as slow as one across the world. */
export type SlowLine = {
  readonly host: string
  /** Connections that were opened so far, and bytes that came down. */
  readonly seen: { connections: number; bytes: number }
  close(): Promise<void>
}

/** Bytes that are sent in one piece. */
const PIECE = 1460

/**
 * Each direction holds bytes for half of a round trip and lets them through no faster than the rate; a new connection holds what
 * the client says for a round trip more, as the handshake of a distant host does, which the kernel here has ended at once.
 */
export async function slowLine(target: string, { roundTrip, bytesPerSecond }: SlowLineOptions): Promise<SlowLine> {
  const [name = '', port = ''] = target.split(':')
  const open = new Set<Socket>()
  const seen = { connections: 0, bytes: 0 }
  const [up, down] = [direction(bytesPerSecond), direction(bytesPerSecond)]
  const server = createServer(client => {
    seen.connections++
    const upstream = connect(Number(port), name)
    const ready = performance.now() + roundTrip
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => open.delete(socket))
    }
    client.on('close', () => upstream.destroy())
    const [toServer, toClient] = [up(upstream, roundTrip / 2), down(client, roundTrip / 2)]
    client.on('data', chunk => toServer(chunk, ready))
    client.on('end', () => toServer(undefined, ready))
    upstream.on('data', chunk => {
      seen.bytes += chunk.length
      toClient(chunk, ready)
    })
    upstream.on('end', () => toClient(undefined, ready))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** One direction of the line. What it makes for a socket takes bytes, or undefined for their end, and when they may leave at the earliest. */
function direction(bytesPerSecond: number) {
  let free = 0
  return (socket: Socket, latency: number) => {
    let before = Promise.resolve()
    const deliver = (at: number, piece: Buffer | undefined) => {
      before = before.then(async () => {
        const left = at - performance.now()
        if (left > 0) await pause(left)
        if (socket.destroyed) return
        if (piece === undefined) socket.end()
        else socket.write(piece)
      })
    }
    return (chunk: Buffer | undefined, earliest: number) => {
      const now = Math.max(performance.now(), earliest)
      if (chunk === undefined) return deliver(Math.max(now, free) + latency, undefined)
      for (let at = 0; at < chunk.length; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE)
        free = Math.max(now, free) + (piece.length / bytesPerSecond) * 1000
        deliver(free + latency, piece)
      }
    }
  }
}
