import { isRecord, strings } from '../../blob/descriptor.ts'
import { familiarReference, formatReference, type Reference } from '../../image/reference.ts'
import { type EngineAnswer, type EngineClient, engineMessage, engineText } from './engine-client.ts'

/** The part of an image that is asked for: the whole of it, its description, or what was attested of it. */
export type EnginePart = 'get' | 'json' | 'attestations'

/**
 * Asks an engine for an image by name. Podman files what is loaded under a short name below `localhost/`, and looks short names
 * up at Docker Hub's: such a name is asked for there too. An answer that is not used is read to its end. `query` is sent as it is.
 */
export async function askForImage(
  client: EngineClient,
  name: string,
  part: EnginePart,
  signal?: AbortSignal,
  query = '',
): Promise<EngineAnswer> {
  // Names and digests as engines spell them; nothing else may end the path.
  const ask = (each: string) =>
    client.request('GET', `/images/${each.replace(/[^A-Za-z0-9._~:@/-]/g, encodeURIComponent)}/${part}${query}`, { signal })
  const answer = await ask(name)
  if (answer.status === 200 || name.includes('/') || /^(?:sha256:)?[a-f0-9]{12,64}$/.test(name)) return answer
  const local = await ask(`localhost/${name}`)
  await engineMessage(local.status === 200 ? answer : local)
  return local.status === 200 ? local : answer
}

const ANSWER_LIMIT = 4 * 1024 * 1024

/** Whether the engine has an image under exactly that tag; IDs and names that it looks up elsewhere do not count. */
export async function hasTag(client: EngineClient, reference: Reference, signal?: AbortSignal): Promise<boolean> {
  const answer = await askForImage(client, familiarReference(reference), 'json', signal)
  const text = await engineText(answer, ANSWER_LIMIT)
  if (answer.status !== 200 || text === undefined) return false
  const value: unknown = JSON.parse(text.toString('utf8'))
  const wanted = [formatReference(reference), familiarReference(reference), `localhost/${familiarReference(reference)}`]
  return isRecord(value) && strings(value['RepoTags']).some(tag => wanted.includes(tag))
}

/** Whether the engine has an image of that name. */
export async function hasImage(client: EngineClient, name: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await askForImage(client, name, 'json', signal)
  await engineMessage(answer)
  return answer.status === 200
}
