import { imagesOf, selectNodes } from '../../image/choose.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Image } from '../../image/load.ts'
import { formatLocation } from '../../image/location.ts'
import type { Asking } from '../asking.ts'
import { openSession, type Session } from '../session.ts'

/** The texts that an image is known by, of its documents alone. */
export type ImageCard = {
  /** The reference that opens it. */
  readonly reference: string
  readonly names: readonly string[]
  /** Programs that start: entrypoint and command. */
  readonly starts: readonly string[]
  /** Packages that the history says were installed. */
  readonly packages: readonly string[]
  /** Values of labels that describe: title, description, source and the like. */
  readonly labels: readonly string[]
  readonly ports: readonly string[]
}

/** Images of one place that get a card: the rest is found by naming the place. */
const MOST_IMAGES = 500

/** The cards of all images in a place, each once for its digest and tag. @throws ImageError those of `openSession` */
export async function readCards(asking: Asking, place: string): Promise<readonly ImageCard[]> {
  await using session = await openSession(place, asking, asking.signal)
  const { listing, selector } = session
  const cards = new Map<string, ImageCard>()
  const nodes = Object.keys(selector).length === 0 ? listing.nodes : selectNodes(listing, selector)
  for (const node of nodes) {
    const [first] = imagesOf([node])
    if (first === undefined || cards.size >= MOST_IMAGES) continue
    const image = await session.load(first, asking.signal).catch(() => undefined)
    asking.signal.throwIfAborted()
    for (const reference of referencesOf(session, node))
      if (!cards.has(reference)) cards.set(reference, cardOf(reference, [place, ...node.names], image))
  }
  return [...cards.values()]
}

/** The references that open an image of a place: one for each of its names, else by its digest where the place has others. */
function referencesOf({ reference, place, listing, selector }: Session, { names, descriptor }: ImageNode): readonly string[] {
  if (!('selector' in place) || Object.keys(selector).length > 0) return [reference]
  const whole = formatLocation({ ...place, selector: {} })
  if (names.length > 0) return names.map(name => `${whole}:${name}`)
  return [listing.nodes.length === 1 ? whole : `${whole}@${descriptor.digest}`]
}

const DESCRIBES = /(?:^|[.-])(?:title|description|source|url|vendor|name|summary|documentation|base\.name)$/i

/** @param image undefined where its documents cannot be read: then it is known by its names */
function cardOf(reference: string, names: readonly string[], image: Image | undefined): ImageCard {
  const config = image?.config?.value
  return {
    ...cardOfFacts(reference, names, config?.container ?? {}),
    packages: (config?.history ?? []).flatMap(({ createdBy = '' }) => installed(createdBy)),
  }
}

/** The part of a config that says how an image is run. */
type RunFacts = {
  readonly entrypoint?: readonly string[] | undefined
  readonly cmd?: readonly string[] | undefined
  readonly exposedPorts?: readonly string[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** A card of names and of how the image is run; packages stay unknown. */
export function cardOfFacts(reference: string, names: readonly string[], facts: RunFacts): ImageCard {
  const { entrypoint = [], cmd = [], exposedPorts = [], labels = {} } = facts
  return {
    reference,
    names: names.map(lastParts),
    starts: [...entrypoint, ...cmd].filter(word => !word.startsWith('-')).map(lastParts),
    packages: [],
    labels: Object.entries(labels).flatMap(([key, value]) => (DESCRIBES.test(key) ? [value.slice(0, 500)] : [])),
    ports: exposedPorts.map(port => port.split('/', 1)[0] ?? ''),
  }
}

/** Directories that lead to a place or a program say nothing about it. */
function lastParts(path: string): string {
  return path.split('/').slice(-2).join('\n').slice(0, 300)
}

const INSTALL = /(?:apt-get|apt|apk|dnf|microdnf|yum|zypper|pip3?|npm|gem)\s+(?:-\S+\s+)*(?:install|add|i)\s+([^&|;]*)/g

/** Names after the install commands of one history line; options and versions left out. */
export function installed(createdBy: string): readonly string[] {
  return [...createdBy.slice(0, 20_000).matchAll(INSTALL)].flatMap(([, words = '']) =>
    words
      .split(/[\s\\]+/)
      .filter(word => /^[a-z0-9][\w.+@/-]*/i.test(word))
      .map(word => word.replace(/[=<>~@].*$/, '')),
  )
}
