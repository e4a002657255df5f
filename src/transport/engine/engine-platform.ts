import { isRecord } from '../../blob/descriptor.ts'
import { type Platform, toDescriptorPlatform } from '../../image/platform.ts'
import { type EngineAnswer, type EngineClient, engineMessage, engineText } from './engine-client.ts'
import { askForImage } from './engine-image.ts'

/** Docker's API 1.48 saves one platform of an image, 1.55 tells what was attested of it (moby api/docs/CHANGELOG.md). */
const SAVES_PLATFORM = 48
export const TELLS_ATTESTATIONS = 55

const ANSWER_LIMIT = 4 * 1024 * 1024

/**
 * The archive of one platform of an image. Undefined where the engine has to be asked for the whole: its API is from before that, it refuses
 * (its image has another platform, which the whole will tell), or there are attestations, which only a save of all platforms has, and no
 * other way to them.
 */
export async function saveOfPlatform(
  client: EngineClient,
  name: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<EngineAnswer | undefined> {
  if (client.apiVersion < SAVES_PLATFORM) return undefined
  if (client.apiVersion < TELLS_ATTESTATIONS && (await hasAttestations(client, name, signal))) return undefined
  const answer = await askForImage(client, name, 'get', signal, `?${platformQuery(platform)}`)
  if (answer.status === 200) return answer
  await engineMessage(answer)
  return undefined
}

/** `platform=` as the engine reads it: a platform of the image specification as JSON. */
export function platformQuery(platform: Platform): string {
  return `platform=${encodeURIComponent(JSON.stringify(toDescriptorPlatform(platform)))}`
}

/** Whether the engine lists attestations among the manifests of an image; one whose store has no manifests lists none. */
async function hasAttestations(client: EngineClient, name: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await askForImage(client, name, 'json', signal, '?manifests=1')
  const text = await engineText(answer, ANSWER_LIMIT)
  if (answer.status !== 200 || text === undefined) return false
  const value = parsed(text)
  const manifests = isRecord(value) && Array.isArray(value['Manifests']) ? value['Manifests'] : []
  return manifests.some(each => isRecord(each) && each['Kind'] === 'attestation')
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}
