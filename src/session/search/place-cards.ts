import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isRecord, stringMap, strings } from '../../blob/descriptor.ts'
import { parseLocation } from '../../image/location.ts'
import { openRegularFile } from '../../transport/local-file.ts'
import { isPacked } from '../../transport/spool.ts'
import type { Asking } from '../asking.ts'
import { registryOptions } from '../remote.ts'
import { cardOfFacts, type ImageCard, readCards } from './image-card.ts'

/** Images of an engine and repositories of a registry that get a card. */
const MOST = 500
/** All images of the local engine. */
export const ENGINE = 'docker-daemon:'
const CATALOGUE = /^(?:docker:\/\/)?([^/]+)\/$/

/**
 * The cards of a place: of a layout, an archive or a repository as `readCards` has them; of `docker-daemon:` all images of the local engine,
 * by what it says of them; of `HOST/` the repositories that a registry lists, by their names.
 * @throws ImageError those of `openSession`, `engineImageConfigs` and `registryCatalog`
 */
export async function cardsOf(asking: Asking, place: string): Promise<readonly ImageCard[]> {
  if (place === ENGINE) return engineCards(asking.signal)
  const [, host] = CATALOGUE.exec(place) ?? []
  // A directory may be typed with a slash at its end.
  if (host === undefined || !/[.:]|^localhost$/.test(host) || /^\.+$/.test(host)) return readCards(asking, place)
  const { pagesOfNames } = await import('../../transport/remote.ts')
  const cards: ImageCard[] = []
  for await (const { names } of pagesOfNames({ host }, registryOptions(asking), asking.signal)) {
    cards.push(...names.map(name => cardOfFacts(`${host}/${name}`, [name], {})))
    if (cards.length >= MOST) break
  }
  return cards.slice(0, MOST)
}

/** Bytes of a compressed archive that was found, not named: one that is larger is not unpacked for a search. */
const MOST_UNPACKED = 64 * 1024 * 1024

/**
 * The cards of a place that was found and not named: nothing outside this machine is asked, so that a search does not leave it.
 * An image of a registry and a large compressed archive are known by their names alone; a place that cannot be read has no card.
 */
export async function foundCards(asking: Asking, place: string): Promise<readonly ImageCard[]> {
  try {
    if (place === ENGINE) return await engineCards(asking.signal, false)
    const location = parseLocation(place, existsSync)
    if (location.transport === 'docker') return place.endsWith('/') ? [] : [cardOfFacts(place, [place], {})]
    if ('path' in location && (await isLargeAndPacked(location.path))) return [cardOfFacts(place, [place], {})]
    return await readCards(asking, place)
  } catch {
    asking.signal.throwIfAborted()
    return []
  }
}

async function isLargeAndPacked(path: string): Promise<boolean> {
  if ((await stat(path)).isDirectory()) return false
  const { handle, size } = await openRegularFile(path)
  await using file = handle
  if (size <= MOST_UNPACKED) return false
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(512), position: 0 })
  return isPacked(buffer.subarray(0, bytesRead))
}

/** The cards of the local engine's images. `far`: of one on another machine too. */
async function engineCards(signal: AbortSignal, far = true): Promise<readonly ImageCard[]> {
  const { engineImageConfigs } = await import('../../transport/engine/engine-images.ts')
  const images = await engineImageConfigs(process.env, MOST, signal, far)
  return images.map(({ name, config }) => {
    const facts = isRecord(config) ? config : {}
    return cardOfFacts(`${ENGINE}${name}`, [name], {
      entrypoint: strings(facts['Entrypoint']),
      cmd: strings(facts['Cmd']),
      exposedPorts: isRecord(facts['ExposedPorts']) ? Object.keys(facts['ExposedPorts']) : [],
      labels: stringMap(facts['Labels']) ?? {},
    })
  })
}
