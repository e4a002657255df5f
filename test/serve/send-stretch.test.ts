import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pieceReader, sendPieces, sendStretch } from '../../src/serve/send-stretch.ts'

const PIECE = 256 * 1024
const directory = mkdtempSync(join(tmpdir(), 'peel-stretch-'))
const file = join(directory, 'file')
const content = randomBytes(3 * PIECE + 5)
writeFileSync(file, content)

/** The failures of answers that were cut. */
const failures: unknown[] = []
const server = createServer((request, response) => {
  const [start = 0, length = 0] = (request.url ?? '').slice(1).split('-').map(Number)
  response.writeHead(200, { 'content-length': length })
  sendStretch(response, { file, offset: 0, size: content.length }, start, length, new AbortController().signal).catch(thrown => {
    failures.push(thrown)
    response.destroy()
  })
})
before(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
after(() => {
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})
const get = (start: number, length: number) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${start}-${length}`)

test('a stretch is sent byte for byte, whatever its length against the pieces it is read in', async () => {
  for (const length of [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE, content.length - 3])
    for (const start of [0, 3]) {
      if (start + length > content.length) continue
      const got = Buffer.from(await (await get(start, length)).arrayBuffer())
      assert.ok(got.equals(content.subarray(start, start + length)), `${start} ${length}`)
    }
  assert.deepEqual(failures, [])
})

test('pieces are read in this thread until one waits, then sixteen in the pool, and the same bytes come both ways', async () => {
  await using handle = await open(file)
  const buffer = Buffer.alloc(8)
  let clock = 0
  let cost = 1
  const read = pieceReader(handle, () => {
    clock += cost
    return clock
  })
  const inPool: boolean[] = []
  for (let piece = 0; piece < 40; piece++) {
    // The third read takes 11 ms by this clock, each other 1 ms.
    cost = piece === 2 ? 11 : 1
    const reading = read(buffer, buffer.length, piece * 8)
    inPool.push(reading instanceof Promise)
    assert.equal(await reading, 8)
    assert.ok(buffer.equals(content.subarray(piece * 8, piece * 8 + 8)))
  }
  assert.deepEqual(
    inPool,
    Array.from({ length: 40 }, (_, piece) => piece > 2 && piece <= 18),
  )
})

test('a client that goes ends its answers, those too that wait behind another one: no promise waits for ever', async context => {
  // More than the kernel's buffers of a connection hold: the first answer waits for the client, the second for the first.
  const size = 64 * 1024 * 1024
  const holes = join(directory, 'holes')
  writeFileSync(holes, '')
  truncateSync(holes, size)
  const reasons: string[] = []
  const gone = Promise.withResolvers<void>()
  const waiting = createServer((_, response) => {
    response.writeHead(200, { 'content-length': size })
    sendStretch(response, { file: holes, offset: 0, size }, 0, size, new AbortController().signal).catch(thrown => {
      if (reasons.push(String(thrown)) === 2) gone.resolve()
    })
  })
  context.after(() => waiting.close())
  await new Promise<void>(resolve => waiting.listen(0, '127.0.0.1', resolve))
  const client = connect((waiting.address() as AddressInfo).port, '127.0.0.1').pause()
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2))
  setTimeout(() => client.destroy(), 200)
  await gone.promise
  assert.match(reasons[1] ?? '', /the client has gone/)
})

test('a file that has become shorter cuts the answer: no client takes the part for the whole', async () => {
  truncateSync(file, PIECE + 7)
  await assert.rejects(get(0, 2 * PIECE).then(answer => answer.arrayBuffer()))
  assert.match(String(failures[0]), /shorter than it was/)
})

test('a client that goes while bytes wait ends the sending; those that were sent leave nobody listening', async () => {
  const waiting: (() => void)[] = []
  const response = Object.assign(new EventEmitter(), {
    destroyed: false,
    ended: 0,
    write(_: Uint8Array, done: () => void) {
      waiting.push(done)
    },
    end() {
      this.ended++
    },
  })
  const turn = () => new Promise(setImmediate)
  async function* pieces(count: number) {
    for (let index = 0; index < count; index++) yield Buffer.of(index)
  }
  const sent = sendPieces(response as unknown as ServerResponse, pieces(2))
  for (let index = 0; index < 2; index++) {
    await turn()
    assert.equal(response.listenerCount('close'), 1)
    waiting.shift()?.()
  }
  await sent
  assert.deepEqual([response.ended, response.listenerCount('close'), waiting.length], [1, 0, 0])
  const cut = assert.rejects(sendPieces(response as unknown as ServerResponse, pieces(2)), /the client has gone/)
  await turn()
  response.emit('close')
  await cut
  assert.equal(response.ended, 1)
  response.destroyed = true
  await assert.rejects(sendPieces(response as unknown as ServerResponse, pieces(1)), /the client has gone/)
})
