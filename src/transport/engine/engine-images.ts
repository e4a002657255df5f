import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { Environment } from '../http/registry-options.ts'
import { EngineClient, engineMessage, engineText } from './engine-client.ts'

/** An image as an engine lists it: a name or, where it has none, its ID. `size` in bytes, unpacked; `created` ISO 8601. */
export type EngineImage = { readonly name: string; readonly size: number; readonly created: string }

const LIST_LIMIT = 64 * 1024 * 1024

/**
 * The images of the local engine, one entry a name.
 * @throws ImageError `ENGINE_UNREACHABLE`, `ENGINE_UNSUPPORTED`, `ENGINE_REFUSED`
 */
export async function listEngineImages(environment: Environment, signal: AbortSignal): Promise<readonly EngineImage[]> {
  await using client = await EngineClient.connect(environment, signal)
  return readImages(await askJson(client, '/images/json', signal))
}

/** An engine's description of one image: `Config` as in an image's config, unparsed. */
export type EngineImageConfig = { readonly name: string; readonly config: unknown }

/**
 * The first so many named images of an engine with their configs, without saving any; one that goes meanwhile is left out. `far`: whether an
 * engine on another machine is asked too.
 * @throws ImageError as `listEngineImages`
 */
export async function engineImageConfigs(
  environment: Environment,
  most: number,
  signal: AbortSignal,
  far = true,
): Promise<readonly EngineImageConfig[]> {
  await using client = await EngineClient.connect(environment, signal, far)
  const listed = readImages(await askJson(client, '/images/json', signal)).filter(({ name }) => !name.startsWith('sha256:'))
  const found: EngineImageConfig[] = []
  for (const { name } of listed.slice(0, most)) {
    const value = await askJson(client, `/images/${encodeURI(name)}/json`, signal).catch(() => undefined)
    signal.throwIfAborted()
    if (isRecord(value)) found.push({ name, config: value['Config'] })
  }
  return found
}

/** Undefined for what is no JSON. */
async function askJson(client: EngineClient, path: string, signal: AbortSignal): Promise<unknown> {
  const answer = await client.request('GET', path, { signal })
  if (answer.status !== 200) throw refused(await engineMessage(answer))
  const text = await engineText(answer, LIST_LIMIT)
  if (text === undefined) throw refused('its answer is too long')
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}

function readImages(value: unknown): readonly EngineImage[] {
  if (!Array.isArray(value)) throw refused('its answer is not a list')
  return value.filter(isRecord).flatMap(image => {
    const { Id: id, Size: size, Created: created } = image
    const names = strings(image['RepoTags']).filter(name => !name.includes('<none>'))
    const facts = {
      size: typeof size === 'number' && size >= 0 ? size : 0,
      created: typeof created === 'number' && Math.abs(created) < 8.64e12 ? new Date(created * 1000).toISOString() : '',
    }
    if (names.length === 0 && typeof id !== 'string') return []
    return (names.length > 0 ? names : [String(id)]).map(name => ({ name, ...facts }))
  })
}

function refused(why: string): ImageError {
  return new ImageError('ENGINE_REFUSED', `Cannot list the images of the container engine: ${why}`)
}
