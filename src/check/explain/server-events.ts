import { isRecord } from '../../blob/descriptor.ts'

/** Characters of one event; a server that never ends a line is not waited for. */
const EVENT_LIMIT = 1024 * 1024

/** One chunk of a streamed chat. */
export type ChatChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'done' }

/**
 * Reads server-sent events of a chat (llm.md §1) from bytes cut anywhere: CRLF, comments, several events a read, characters cut in two, the
 * chunk of usage without choices, errors in the middle.
 */
export async function* chatChunks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ChatChunk> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const piece of bytes) {
    rest += decoder.decode(piece, { stream: true })
    if (rest.length > EVENT_LIMIT) yield { type: 'error', message: 'an event of the answer does not end' }
    if (rest.length > EVENT_LIMIT) return
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) yield* chunkOf(line)
  }
  yield* chunkOf(rest + decoder.decode())
}

function* chunkOf(line: string): Generator<ChatChunk> {
  const data = /^data:\s?(.*?)\r?$/.exec(line)?.[1]
  if (data === undefined || data === '') return
  if (data === '[DONE]') return yield { type: 'done' }
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return yield { type: 'error', message: 'an event of the answer is no JSON' }
  }
  if (!isRecord(value)) return
  if (value['error'] !== undefined) return yield { type: 'error', message: errorWords(value) }
  const [choice] = Array.isArray(value['choices']) ? value['choices'] : []
  const delta = isRecord(choice) && isRecord(choice['delta']) ? choice['delta']['content'] : undefined
  if (typeof delta === 'string' && delta !== '') yield { type: 'text', text: delta }
  if (isRecord(choice) && choice['finish_reason'] === 'length')
    yield { type: 'error', message: 'the answer was cut at its longest' }
}

/** The words of an error in any of the forms servers have. */
export function errorWords(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 500)
  if (!isRecord(value)) return 'no reason was given'
  const inner = value['error'] ?? value['message'] ?? value['detail']
  if (typeof inner === 'string') return inner.slice(0, 500)
  return isRecord(inner) ? errorWords(inner['message'] ?? inner['error']) : 'no reason was given'
}
