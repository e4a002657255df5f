import { type EngineAnswer, type EngineClient, engineMessage } from './engine-client.ts'

/** What an image is asked for: the whole of it, or its description. */
export type EnginePart = 'get' | 'json'

/**
 * Asks an engine for an image by name. Podman files what is loaded under a short name below `localhost/`, and looks short names
 * up at Docker Hub's: such a name is asked for there too. An answer that is not used is read to its end.
 */
export async function askForImage(
  client: EngineClient,
  name: string,
  part: EnginePart,
  signal?: AbortSignal,
): Promise<EngineAnswer> {
  // Names and digests as engines spell them; nothing else may end the path.
  const ask = (each: string) =>
    client.request('GET', `/images/${each.replace(/[^A-Za-z0-9._~:@/-]/g, encodeURIComponent)}/${part}`, { signal })
  const answer = await ask(name)
  if (answer.status === 200 || name.includes('/') || /^(?:sha256:)?[a-f0-9]{12,64}$/.test(name)) return answer
  const local = await ask(`localhost/${name}`)
  await engineMessage(local.status === 200 ? answer : local)
  return local.status === 200 ? local : answer
}

/** Whether the engine has an image of that name. */
export async function hasImage(client: EngineClient, name: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await askForImage(client, name, 'json', signal)
  await engineMessage(answer)
  return answer.status === 200
}
