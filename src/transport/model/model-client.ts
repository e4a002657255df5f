import { isRecord } from '../../blob/descriptor.ts'
import { ANSWER_SCHEMA } from '../../check/explain/answer.ts'
import { chatChunks, errorWords } from '../../check/explain/server-events.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { bearerAuthorization } from '../http/bearer.ts'
import { Http, type HttpAnswer } from '../http/http.ts'

/** Where a model answers. */
export type ModelPlace = {
  /** As it was typed: with or without `/v1`, with or without `/chat/completions`. */
  readonly endpoint: string
  readonly model: string
  /** From the environment only; never shown, never sent elsewhere. */
  readonly key: string | undefined
  /** Allows plain http beyond this machine and private networks. */
  readonly insecure: boolean
  readonly cacert: string | undefined
}

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

/** The variable with the key of the model that explains. */
const EXPLAIN_KEY = 'PEEL_EXPLAIN_KEY'
const TIMEOUTS = { connect: 5000, headers: 120_000, body: 60_000 }
const TOTAL = 600_000
const [ANSWER_LIMIT, ERROR_LIMIT] = [256 * 1024, 64 * 1024]

/**
 * The address that chats go to: what was typed, with what every server appends; no other host is ever tried.
 * @throws ImageError `MODEL_ADDRESS_INVALID`
 */
export function chatAddress(place: Pick<ModelPlace, 'endpoint' | 'insecure'>): URL {
  return modelAddress(place, 'chat/completions', EXPLAIN_KEY)
}

/**
 * The address of one service of a model's server. `keyName` is the variable that its key is read from.
 * @throws ImageError `MODEL_ADDRESS_INVALID`
 */
export function modelAddress(
  { endpoint, insecure }: Pick<ModelPlace, 'endpoint' | 'insecure'>,
  service: 'chat/completions' | 'embeddings',
  keyName: string,
): URL {
  const action = `use the model at "${escapeText(endpoint)}"`
  if (!URL.canParse(endpoint))
    throw new ImageError('MODEL_ADDRESS_INVALID', { action, why: 'it is no URL' }, { hint: 'Such as http://127.0.0.1:11434/v1.' })
  const url = new URL(endpoint)
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new ImageError(
      'MODEL_ADDRESS_INVALID',
      { action: 'use the model', why: 'its URL is not http or https, or has credentials in it' },
      { hint: `The key goes into ${keyName}.` },
    )
  if (url.protocol === 'http:' && !insecure && !PRIVATE.test(url.hostname))
    throw new ImageError(
      'MODEL_ADDRESS_INVALID',
      { action, why: 'it is plain http to a host that is not on this machine or a private network' },
      { hint: 'Use https, or --insecure.' },
    )
  const path = url.pathname.replace(/\/+$/, '').replace(new RegExp(`/${service}$`), '')
  url.pathname = `${path === '' ? '/v1' : path}/${service}`
  url.search = ''
  url.hash = ''
  return url
}

const PRIVATE =
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|[\w-]+\.(?:local|internal))$/

/**
 * Asks a model that speaks OpenAI's chat (ollama, llama.cpp, vLLM and others), streaming. A request with fields that a server does not take is sent once more without them.
 * @throws ImageError `MODEL_ADDRESS_INVALID`, `MODEL_FAILED`
 */
export async function askModel(place: ModelPlace, messages: readonly Message[], signal: AbortSignal): Promise<string> {
  const url = chatAddress(place)
  await using http = new Http(url.host, {
    insecure: place.insecure || url.protocol === 'http:',
    ...(place.cacert !== undefined && { caFile: place.cacert }),
    timeouts: TIMEOUTS,
  })
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TOTAL)])
  try {
    let answer = await post(http, url, place, fullBody(place, messages), limited)
    if (answer.status === 400 || answer.status === 422) {
      await errorOf(answer)
      answer = await post(http, url, place, plainBody(place, messages), limited)
    }
    if (answer.status !== 200) throw await refusal(answer, place)
    return await contentOf(answer)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ImageError) throw error
    throw failed(reasonOf(error))
  }
}

function plainBody({ model }: ModelPlace, messages: readonly Message[]): object {
  return { model, messages, stream: true }
}

function fullBody(place: ModelPlace, messages: readonly Message[]): object {
  const json_schema = { name: 'explanation', strict: true, schema: ANSWER_SCHEMA }
  return { ...plainBody(place, messages), temperature: 0, seed: 1, response_format: { type: 'json_schema', json_schema } }
}

async function post(http: Http, url: URL, { key }: ModelPlace, body: object, signal: AbortSignal): Promise<HttpAnswer> {
  const authorization = key === undefined || key === '' ? {} : { authorization: bearerAuthorization(key, EXPLAIN_KEY) }
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json', ...authorization }
  return await http.send({
    method: 'POST',
    url,
    headers,
    body: Buffer.from(JSON.stringify(body)),
    signal,
    patience: TIMEOUTS.headers,
  })
}

async function contentOf(answer: HttpAnswer): Promise<string> {
  if (!/event-stream/.test(String(answer.headers['content-type'] ?? '')))
    return wholeContent(JSON.parse(await limitedText(answer, ANSWER_LIMIT)))
  let content = ''
  for await (const chunk of chatChunks(answer.body)) {
    if (chunk.type === 'done') break
    if (chunk.type === 'error') throw failed(chunk.message)
    content += chunk.text
    if (content.length > ANSWER_LIMIT) throw failed('its answer is too long')
  }
  return content
}

function wholeContent(value: unknown): string {
  const [choice] = isRecord(value) && Array.isArray(value['choices']) ? value['choices'] : []
  const content = isRecord(choice) && isRecord(choice['message']) ? choice['message']['content'] : undefined
  if (typeof content !== 'string') throw failed('its answer has no content')
  return content
}

export async function limitedText({ body }: HttpAnswer, limit: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    pieces.push(piece)
    length += piece.length
    if (length > limit) break
  }
  return Buffer.concat(pieces).subarray(0, limit).toString('utf8')
}

export async function errorOf(answer: HttpAnswer): Promise<string> {
  const text = await limitedText(answer, ERROR_LIMIT)
  try {
    return errorWords(JSON.parse(text))
  } catch {
    return text
      .slice(0, 4096)
      .replace(/<[^>]*>/g, ' ')
      .trim()
      .slice(0, 200)
  }
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'The key is read from PEEL_EXPLAIN_KEY.',
  403: 'The key is read from PEEL_EXPLAIN_KEY.',
  404: 'The model or the path is unknown there: GET URL/models lists what there is.',
  413: 'The prompt is too long for it: --only takes fewer findings.',
  429: 'Too many requests: try again later.',
  503: 'The model may still be loading: try again.',
}

async function refusal(answer: HttpAnswer, { key }: ModelPlace): Promise<ImageError> {
  const words = await errorOf(answer)
  // A server may repeat what it was sent.
  const shown = key === undefined || key === '' ? words : words.replaceAll(key, '****')
  const hint = HINTS[answer.status]
  return new ImageError(
    'MODEL_FAILED',
    { action: 'have the findings explained', why: `the server answered ${answer.status}: ${escapeText(shown)}` },
    hint === undefined ? {} : { hint },
  )
}

function failed(why: string): ImageError {
  return new ImageError('MODEL_FAILED', { action: 'have the findings explained', why: escapeText(why) })
}
