import { isRecord, stringMap, strings } from '../../blob/descriptor.ts'
import type { Asking } from '../asking.ts'
import { registryOptions } from '../remote.ts'
import { cardOfFacts, type ImageCard, readCards } from './image-card.ts'

/** Images of an engine and repositories of a registry that get a card. */
const MOST = 500
const ENGINE = 'docker-daemon:'
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

/** The cards of the local engine's images. `far`: of one on another machine too. */
export async function engineCards(signal: AbortSignal, far = true): Promise<readonly ImageCard[]> {
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
