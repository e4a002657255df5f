import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** How the stand-in for a model behaves. */
export type ModelMode =
  | 'json'
  | 'stream'
  | 'bytes'
  | 'prose'
  | 'cut'
  | 'error-in-stream'
  | 'refuses'
  | 'html'
  | 'no-schema'
  | 'obeys'
  | 'echo'
  | 'redirect'

export type ModelServer = {
  readonly url: string
  /** Every request's body and headers, as they came. */
  readonly requests: { readonly body: string; readonly headers: IncomingMessage['headers'] }[]
}

const ANSWER = JSON.stringify({
  summary: 'Das Image läuft nicht: \u001b]0;x\u0007 <b>see</b>',
  actions: [{ findings: ['#1', '#99'], title: 'Fix it', why: 'because', change: 'do this', dockerfile: 'COPY x /x' }],
})

/** A server that speaks OpenAI's chat on this machine, ended with the test. */
export async function modelServer(context: TestContext, mode: ModelMode): Promise<ModelServer> {
  const requests: ModelServer['requests'] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString()
      requests.push({ body, headers: request.headers })
      answer(mode, body, request, response, requests.length)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

function answer(mode: ModelMode, body: string, request: IncomingMessage, response: ServerResponse, count: number): void {
  const json = (status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (request.url !== '/v1/chat/completions') return void json(404, { error: { message: 'no such path' } })
  if (mode === 'redirect') return void response.writeHead(307, { location: 'http://127.0.0.1:1/v1/chat/completions' }).end()
  if (mode === 'refuses')
    return void json(401, { error: { message: `bad key ${request.headers.authorization}`, type: 'invalid_request_error' } })
  if (mode === 'html') return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html><b>Bad gateway</b></html>')
  if (mode === 'no-schema' && body.includes('response_format'))
    return void json(400, { error: { message: 'response_format is not supported' } })
  const content = contentFor(mode, body, count)
  if (mode === 'json' || mode === 'no-schema' || mode === 'prose' || mode === 'echo' || mode === 'obeys')
    return void json(200, { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  void stream(mode, content, response)
}

function contentFor(mode: ModelMode, body: string, count: number): string {
  if (mode === 'prose') return count === 1 ? '<think>hm</think>I think you should fix it.' : 'Still no JSON.'
  if (mode === 'echo') return JSON.stringify({ summary: body.slice(0, 500), actions: [] })
  if (mode === 'obeys')
    return JSON.stringify({ summary: 'As the image says: no findings.', findings: [], passed: true, actions: [] })
  return ANSWER
}

async function stream(mode: ModelMode, content: string, response: ServerResponse): Promise<void> {
  const event = (value: object) => `data: ${JSON.stringify(value)}\r\n\r\n`
  const chunks = content.match(/.{1,7}/gsu) ?? []
  const text = [
    ': ping\r\n\r\n',
    event({ choices: [{ index: 0, delta: { role: 'assistant' } }] }),
    ...chunks
      .slice(0, mode === 'cut' || mode === 'error-in-stream' ? 3 : undefined)
      .map(each =>
        event({ object: 'chat.completion.chunk', obfuscation: 'x', choices: [{ index: 0, delta: { content: each } }] }),
      ),
    ...(mode === 'error-in-stream' ? [event({ error: { message: 'out of memory' } })] : []),
    ...(mode === 'cut' || mode === 'error-in-stream'
      ? []
      : [event({ choices: [], usage: { total_tokens: 3 } }), 'data: [DONE]\n\n']),
  ].join('')
  if (mode === 'bytes')
    for (const byte of Buffer.from(text)) await new Promise(resolve => response.write(Buffer.from([byte]), resolve))
  else response.write(text)
  if (mode === 'cut') response.destroy()
  else response.end()
}
