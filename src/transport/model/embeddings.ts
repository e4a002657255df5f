import { isRecord } from '../../blob/descriptor.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { bearerAuthorization } from '../http/bearer.ts'
import { Http } from '../http/http.ts'
import { errorOf, limitedText, type ModelPlace, modelAddress } from './model-client.ts'

/** The variable with the key of an embeddings endpoint. */
export const EMBED_KEY = 'PEEL_EMBED_KEY'

const TIMEOUTS = { connect: 5000, headers: 120_000, body: 60_000 }
/** Texts of one request, characters of one text, numbers of one vector, and bytes of one answer. */
const [BATCH, TEXT_LIMIT, DIMENSIONS_LIMIT, ANSWER_LIMIT] = [64, 4000, 8192, 32 * 1024 * 1024]

/**
 * A vector of length 1 for each text, from an endpoint that speaks OpenAI's embeddings (ollama, llama.cpp, vLLM and others).
 * @throws ImageError `MODEL_ADDRESS_INVALID`, `MODEL_FAILED`
 */
export async function embedTexts(
  place: ModelPlace,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const url = modelAddress(place, 'embeddings', EMBED_KEY)
  await using http = new Http(url.host, {
    insecure: place.insecure || url.protocol === 'http:',
    ...(place.cacert !== undefined && { caFile: place.cacert }),
    timeouts: TIMEOUTS,
  })
  try {
    const vectors: Float32Array[] = []
    for (let at = 0; at < texts.length; at += BATCH)
      vectors.push(...(await embedBatch({ http, url, place, signal }, texts.slice(at, at + BATCH))))
    if (vectors.some(({ length }) => length !== vectors[0]?.length)) throw failed('its vectors differ in length')
    return vectors
  } catch (thrown) {
    signal.throwIfAborted()
    throw thrown instanceof ImageError ? thrown : failed(reasonOf(thrown))
  }
}

type Conversation = { readonly http: Http; readonly url: URL; readonly place: ModelPlace; readonly signal: AbortSignal }

async function embedBatch(
  { http, url, place, signal }: Conversation,
  texts: readonly string[],
): Promise<readonly Float32Array[]> {
  const { key, model } = place
  const authorization = key === undefined || key === '' ? {} : { authorization: bearerAuthorization(key, EMBED_KEY) }
  const answer = await http.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
    body: Buffer.from(JSON.stringify({ model, input: texts.map(text => text.slice(0, TEXT_LIMIT)), encoding_format: 'float' })),
    signal,
    patience: TIMEOUTS.headers,
  })
  if (answer.status !== 200) {
    const words = await errorOf(answer)
    // A server may repeat what it was sent.
    throw failed(
      `the server answered ${answer.status}: ${key === undefined || key === '' ? words : words.replaceAll(key, '****')}`,
    )
  }
  const value: unknown = JSON.parse(await limitedText(answer, ANSWER_LIMIT))
  const rows: readonly unknown[] = isRecord(value) && Array.isArray(value['data']) ? value['data'] : []
  const vectors = new Array<Float32Array | undefined>(texts.length)
  for (const [position, row] of rows.entries()) {
    const index = isRecord(row) && typeof row['index'] === 'number' ? row['index'] : position
    if (isRecord(row) && index < texts.length) vectors[index] = vectorOf(row['embedding'])
  }
  // A text without a row is a hole in the list, which `map` would pass over.
  return Array.from(vectors, vector => vector ?? refuse('its answer lacks a vector'))
}

/** Undefined for what is no list of numbers. */
function vectorOf(value: unknown): Float32Array | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > DIMENSIONS_LIMIT) return undefined
  if (!value.every(each => typeof each === 'number' && Number.isFinite(each))) return undefined
  const length = Math.hypot(...value)
  return Float32Array.from(value, each => (length === 0 ? 0 : each / length))
}

function refuse(why: string): never {
  throw failed(why)
}

function failed(why: string): ImageError {
  return new ImageError(
    'MODEL_FAILED',
    { action: 'search by meaning', why: escapeText(why) },
    { hint: `The URL and the model are --embed-with and --model; a key is read from ${EMBED_KEY}.` },
  )
}
