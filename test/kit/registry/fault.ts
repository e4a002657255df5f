import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** One way an answer can go wrong (registry.md). */
export type Fault =
  /** Another answer altogether. */
  | {
      readonly type: 'status'
      readonly status: number
      readonly headers?: Record<string, string | string[]>
      readonly body?: string
    }
  /** The connection dies before a byte of the answer. */
  | { readonly type: 'reset' }
  /** The connection dies after so many bytes of the body. */
  | { readonly type: 'cut'; readonly after: number }
  /** The body ends early and politely: chunked, no length. */
  | { readonly type: 'short'; readonly after: number }
  /** So many bytes at a time, with milliseconds between. */
  | { readonly type: 'slow'; readonly bytes: number; readonly pause: number }
  /** One bit of the body is wrong. */
  | { readonly type: 'corrupt' }
  /** A body of another length, honestly announced. */
  | { readonly type: 'wrong-length'; readonly length: number }
  | { readonly type: 'redirect'; readonly to: string; readonly status?: number }
  /** The whole body with 200 where a part was asked for. */
  | { readonly type: 'ignore-range' }
  /** Headers are replaced; an empty string removes one. */
  | { readonly type: 'headers'; readonly headers: Record<string, string | string[]> }
  /** Nothing is sent until then. */
  | { readonly type: 'held'; readonly until: Promise<void> }
  /** Nothing is ever sent. */
  | { readonly type: 'silence' }

export type Answer = {
  status: number
  headers: Record<string, string | string[]>
  body: Buffer
}

/** Sends `answer` as the fault has it; without a fault as it is, parts by Range included. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  fault?: Fault,
): Promise<void> {
  switch (fault?.type) {
    case 'reset':
      request.socket.destroy()
      return
    case 'silence':
      return
    case 'held':
      await fault.until
      break
    case 'status':
      Object.assign(answer, { status: fault.status, headers: fault.headers ?? {}, body: Buffer.from(fault.body ?? '') })
      break
    case 'redirect':
      Object.assign(answer, { status: fault.status ?? 307, headers: { location: fault.to }, body: Buffer.alloc(0) })
      break
    case 'corrupt':
      answer.body = Buffer.from(answer.body)
      if (answer.body.length > 0) answer.body[answer.body.length >> 1] = (answer.body[answer.body.length >> 1] ?? 0) ^ 1
      break
    case 'wrong-length':
      answer.body = Buffer.concat([answer.body, Buffer.alloc(fault.length)]).subarray(0, fault.length)
      break
  }
  if (fault?.type !== 'ignore-range') applyRange(request, answer)
  if (fault?.type === 'headers') {
    answer.headers = { ...answer.headers, ...fault.headers }
    for (const [name, value] of Object.entries(fault.headers)) if (value === '') delete answer.headers[name]
  }
  await sendBody(request, response, answer, fault)
}

function applyRange(request: IncomingMessage, answer: Answer): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (match === null || answer.status !== 200 || request.method !== 'GET') return
  const total = answer.body.length
  const start = Number(match[1])
  const end = match[2] === '' ? total - 1 : Math.min(total - 1, Number(match[2]))
  if (start >= total) {
    answer.status = 416
    answer.headers = { 'content-range': `bytes */${total}` }
    answer.body = Buffer.alloc(0)
    return
  }
  answer.status = 206
  answer.headers['content-range'] = `bytes ${start}-${end}/${total}`
  answer.body = answer.body.subarray(start, end + 1)
}

async function sendBody(request: IncomingMessage, response: ServerResponse, answer: Answer, fault?: Fault): Promise<void> {
  const { status, headers, body } = answer
  if (fault?.type === 'short') {
    response.writeHead(status, headers)
    response.end(body.subarray(0, fault.after))
    return
  }
  response.writeHead(status, { 'content-length': String(body.length), ...headers })
  if (request.method === 'HEAD') {
    response.end()
  } else if (fault?.type === 'cut' && fault.after < body.length) {
    // The line is dead once what was written has left.
    response.write(body.subarray(0, fault.after), () => response.socket?.destroy())
  } else if (fault?.type === 'slow') {
    for (let offset = 0; offset < body.length && !response.destroyed; offset += fault.bytes) {
      response.write(body.subarray(offset, offset + fault.bytes))
      await delay(fault.pause)
    }
    response.end()
  } else {
    response.end(body)
  }
}
