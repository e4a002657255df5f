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

/** A pump on the near end, whose keys for Ink are collected beside those that are not. */
function pumped(stdin: Socket, toInk: () => 'no' | 'waiting' | 'ready') {
  const [keys, inked]: [string[], string[]] = [[], []]
  const pump = new InputPump(stdin, {
    onToken: token => token.type === 'key' && keys.push(token.key),
    toInk,
    keeps: key => key === 'ctrl-c',
    onEnd: () => undefined,
    escapeMilliseconds: 25,
  })
  pump.on('data', text => inked.push(text))
  return { pump, keys, inked }
}

test('keys for a dialog wait until it is drawn, for as many turns as that takes; Ctrl-C does not', async context => {
  const [near, far] = await line(context)
  let drawn = false
  const { pump, keys, inked } = pumped(near, () => (drawn ? 'ready' : 'waiting'))
  far.write('jk\r')
  for (let turn = 0; turn < 5000; turn++) await new Promise(setImmediate)
  assert.deepEqual(inked, [])
  drawn = true
  while (inked.length < 3) await new Promise(setImmediate)
  assert.deepEqual([inked, keys], [['j', 'k', '\r'], []])
  drawn = false
  far.write('j')
  await once(near, 'data')
  far.write('\u0003')
  while (keys.length === 0) await new Promise(setImmediate)
  drawn = true
  far.write('k')
  while (inked.length < 4) await new Promise(setImmediate)
  pump.release()
  assert.deepEqual([inked.at(-1), keys], ['k', ['ctrl-c']])
})

test('a sequence in two pieces is one key, also when the process stands still between them', async context => {
  const [near, far] = await line(context)
  const { pump, keys } = pumped(near, () => 'no')
  near.once('data', () => {
    far.write('[A')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  })
  far.write('\u001b')
  await once(near, 'data')
  while (keys.length === 0) await new Promise(setImmediate)
  far.write('x')
  while (!keys.includes('x')) await new Promise(setImmediate)
  pump.release()
  assert.deepEqual(keys, ['up', 'x'])
})
