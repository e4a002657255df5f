import type { Command } from 'commander'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { ImageCard } from '../../session/search/image-card.ts'
import { cardsOf, ENGINE, foundCards } from '../../session/search/place-cards.ts'
import { searchByMeaning } from '../../session/search/search-by-meaning.ts'
import { type SearchHit, searchCards } from '../../session/search/search-cards.ts'
import { EMBED_KEY } from '../../transport/model/embeddings.ts'
import { findImages } from '../interface/find-images.ts'
import { newPlaces, readRecent, recentPath } from '../interface/recent.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { collected } from '../run/options.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action(async (words, values) => {
    if (words.join('').trim() === '')
      throw new UsageError('USAGE', 'Cannot search for nothing: say what the image is for', {
        hint: 'For example "peel search a fast cache".',
      })
    const meaning = readMeaning(values)
    const named = values.in === undefined ? undefined : (values.in ?? [])
    const cards = await gather(context, named ?? (await knownPlaces(context.signal)), named !== undefined)
    const hits = (await search(context, meaning, cards, words.join(' '))).slice(0, MOST_HITS)
    if (context.json) await context.output.write(`${jsonText(hits, 2)}\n`)
    else if (hits.length > 0)
      await context.output.writeLines(
        hits.map(({ reference, why }) => `${escapeText(reference)}  ${why.map(escapeText).join(', ')}`),
      )
    else await context.error.write(cards.length === 0 ? NO_IMAGES : `peel: No image of ${cards.length} answers to that.\n`)
  })
}

function options(command: Command) {
  return typed(command)
    .argument('<words...>', 'the purpose of the image, in English or Chinese')
    .option(
      '--in <place>',
      'a layout, an archive, docker-daemon: or the catalogue of a registry (HOST/) to search; given again, another',
      collected,
    )
    .option(
      '--embed-with <url>',
      `search by meaning too, with an embeddings endpoint (OpenAI's); its key is read from ${EMBED_KEY}`,
    )
    .option('--model <name>', 'the model that --embed-with asks for')
    .option('--json', 'as one JSON array')
    .addHelpText('after', `\n${HELP}`)
}

type Values = ValuesOf<typeof options>

const MOST_HITS = 20
const NO_IMAGES = 'peel: No image is known here yet.\nName where to look: --in LAYOUT, --in docker-daemon: or --in HOST/.\n'

const HELP = [
  'Searches what documents say: names, labels, ports, what starts, what the history installed.',
  'Without --in: layouts and archives in this directory, what was opened before on this machine, and the images of its engine; no registry is asked, and a large compressed archive is known by its name.',
  '--embed-with sends the words and what those documents say to the URL that is named, and nowhere else; vectors it gave are kept in the cache.',
].join(' ')

/** The endpoint to search by meaning with, and its model. */
type Meaning = { readonly endpoint: string; readonly model: string }

/** Undefined where none is named. @throws UsageError `USAGE` for one without the other, before anything is opened */
function readMeaning({ embedWith: endpoint, model }: Values): Meaning | undefined {
  if (endpoint !== undefined && model !== undefined) return { endpoint, model }
  if (endpoint === undefined && model === undefined) return undefined
  throw new UsageError('USAGE', 'Cannot search by meaning: --embed-with URL and --model NAME belong together')
}

/** By words, and where an endpoint is named by meaning; an endpoint that fails is told, and the words still count. */
async function search(
  context: Context,
  meaning: Meaning | undefined,
  cards: readonly ImageCard[],
  query: string,
): Promise<readonly SearchHit[]> {
  if (meaning === undefined || cards.length === 0) return searchCards(cards, query)
  const { insecure, cacert, cache } = context.common()
  try {
    return await searchByMeaning(
      cards,
      query,
      { ...meaning, key: process.env[EMBED_KEY], insecure, cacert },
      { signal: context.signal, cache },
    )
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'MODEL_FAILED') throw thrown
    await context.warn([{ code: thrown.code, severity: 'warning', message: thrown.message }])
    return searchCards(cards, query)
  }
}

/** Layouts and archives below this directory, and what was opened before on this machine. */
async function knownPlaces(signal: AbortSignal): Promise<readonly string[]> {
  const here = (await findImages(process.cwd(), signal)).map(({ reference }) => reference)
  const recent = readRecent(recentPath(process.env)).map(({ reference }) => reference)
  return [...newPlaces(here, recent), ENGINE]
}

/** A place that was named must open; one that was found may have gone meanwhile. */
async function gather(context: Context, places: readonly string[], named: boolean): Promise<readonly ImageCard[]> {
  const cards = new Map<string, ImageCard>()
  for (const place of places) {
    const read = await (named ? cardsOf : foundCards)(context.asking(), place)
    for (const card of read) if (!cards.has(card.reference)) cards.set(card.reference, card)
    context.signal.throwIfAborted()
  }
  return [...cards.values()]
}
