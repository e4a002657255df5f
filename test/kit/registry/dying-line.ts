import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A line to a server on this machine that goes dead once so many bytes went up it: every connection is cut, no new one answers. */
export type DyingLine = {
  readonly host: string
  /** Bytes that went up so far. */
  readonly sent: () => number
  /** The line is as new. */
  revive(): void
}

export async function dyingLine(context: TestContext, host: string, bytes: number): Promise<DyingLine> {
  const open = new Set<Socket>()
  let [sent, limit] = [0, bytes]
  const server = createServer(client => {
    const upstream = connect(Number(host.split(':')[1]), '127.0.0.1')
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.on('data', chunk => client.write(chunk))
    client.on('data', chunk => {
      const left = Math.max(0, limit - sent)
      sent += chunk.length
      upstream.write(chunk.subarray(0, left))
      if (sent >= limit) for (const socket of open) socket.destroy()
    })
    if (sent >= limit) client.destroy()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    revive: () => {
      limit = Number.POSITIVE_INFINITY
    },
  }
}
