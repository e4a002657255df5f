import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { type ImageCard, readCards } from '../../session/search/image-card.ts'
import { searchCards } from '../../session/search/search-cards.ts'
import { findImages } from '../interface/find-images.ts'
import { readRecent, recentPath } from '../interface/recent.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import type { Values } from '../run/options.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<words...>', 'what the image is for, in English or Chinese')
    .option('--in <place>', 'a layout or an archive to search; given again, another', (typed: string, before: string[] = []) => [
      ...before,
      typed,
    ])
    .option('--json', 'as one JSON array')
    .addHelpText('after', HELP)
    .action(async (words: string[], values: Values) => {
      const named = Array.isArray(values['in']) ? values['in'].map(String) : undefined
      const cards = await gather(context, named ?? (await knownPlaces(context.signal)), named !== undefined)
      const hits = searchCards(cards, words.join(' ')).slice(0, MOST_HITS)
      if (context.json) await context.output.write(`${jsonText(hits, 2)}\n`)
      else if (hits.length > 0)
        await context.output.writeLines(
          hits.map(({ reference, why }) => `${escapeText(reference)}  ${why.map(escapeText).join(', ')}`),
        )
      else await context.error.write(`peel: No image of ${cards.length} answers to that.\n`)
    })
}

const MOST_HITS = 20

const HELP = `
Searches what documents say: names, labels, ports, what starts, what the history installed. Without --in: layouts and archives in this
directory and what was opened before on this machine.`

async function knownPlaces(signal: AbortSignal): Promise<readonly string[]> {
  const here = (await findImages(process.cwd(), signal)).map(({ reference }) => reference)
  // Registries are not asked: a search must not tell them what is looked for.
  const recent = readRecent(recentPath(process.env)).map(({ reference }) => reference)
  return [...new Set([...here, ...recent.filter(reference => reference.startsWith('/'))])]
}

/** A place that was named must open; one that was found may have gone meanwhile. */
async function gather(context: Context, places: readonly string[], named: boolean): Promise<readonly ImageCard[]> {
  const cards: ImageCard[] = []
  for (const place of places) {
    const read = readCards(context.asking(), place)
    cards.push(...(await (named ? read : read.catch(() => []))))
    context.signal.throwIfAborted()
  }
  return cards
}
