import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { InputPump } from '../../src/tui/terminal/input-pump.ts'

/** Two ends of a line: what is written at one is in the other's hands at once, and read in its next turn. */
async function line(context: TestContext): Promise<readonly [Socket, Socket]> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = await once(server, 'connection')
  context.after(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return [near, far]
}

test('a sequence in two pieces is one key, also when the process stands still between them', async context => {
  const [near, far] = await line(context)
  const keys: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const pump = new InputPump(near, {
    onToken: token => {
      if (token.type !== 'key') return
      keys.push(token.key)
      if (token.key === 'x') resolve()
    },
    toInk: () => 'no',
    keeps: () => true,
    onEnd: () => undefined,
    escapeMilliseconds: 25,
  })
  near.once('data', () => {
    far.write('[A')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  })
  far.write('\u001b')
  await once(near, 'data')
  while (keys.length === 0) await new Promise(setImmediate)
  far.write('x')
  await promise
  pump.release()
  assert.deepEqual(keys, ['up', 'x'])
})
