import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cut } from '../../line/text.ts'
import type { ListedName, NameFacts } from '../../list/listing.ts'
import type { Level } from '../model/browse.ts'
import type { State } from '../model/state.ts'

/** Lower screens have no rows for them. */
const LEAST_ROWS = 20

/**
 * The facts of the tag under the cursor, below the list: its digest, its layers, and those that it shares with the tag below. Nothing is
 * asked for: registries count such questions.
 */
export function tagLines({ slices, size, cursors }: State, width: number, describeKey: string): readonly Line[] {
  const level = slices.browse.at(-1)
  if (level?.listing.kind !== 'tags' || size.rows < LEAST_ROWS) return []
  const index = Math.min(cursors.browse.index, level.shown.length - 1)
  const [tag, below] = [level.shown[index], level.shown[index + 1]]
  const texts = tag === undefined ? [] : textsOf(level, tag, below, describeKey)
  return ['', ...texts, '', ''].slice(0, 4).map(text => line(span(cut(text, width), 'dim')))
}

function textsOf(level: Level, tag: ListedName, below: ListedName | undefined, describeKey: string): readonly string[] {
  const facts = known(level, tag)
  if (level.facts.get(tag.name) === 'asking') return ['Asking the registry…']
  if (facts?.digest === undefined) return [`${describeKey} asks the registry for its age, size, digest and layers.`]
  const { layers } = facts
  const amount = layers === undefined ? [] : [amountOf(layers)]
  return [facts.digest, [...amount, ...sameAs(level, tag, facts)].join(' · '), shared(level, facts, below, describeKey)]
}

function known(level: Level, { name }: ListedName): NameFacts | undefined {
  const facts = level.facts.get(name)
  return facts === 'asking' ? undefined : facts
}

function amountOf(layers: NonNullable<NameFacts['layers']>): string {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0)
  return `${countOf(layers.length, 'layer')}, ${formatSize(bytes)}`
}

/** Other tags that were asked about and stand for the same. */
const MOST_SAME = 3

function sameAs({ facts: all }: Level, tag: ListedName, { digest }: NameFacts): readonly string[] {
  const same = [...all].filter(([name, facts]) => name !== tag.name && facts !== 'asking' && facts.digest === digest)
  const names = same.slice(0, MOST_SAME).map(([name]) => escapeText(name))
  const more = same.length > MOST_SAME ? ` and ${same.length - MOST_SAME} more` : ''
  return names.length === 0 ? [] : [`the same as ${names.join(', ')}${more}`]
}

function shared(level: Level, { layers = [] }: NameFacts, below: ListedName | undefined, describeKey: string): string {
  if (below === undefined) return ''
  const [name, facts] = [escapeText(below.name), known(level, below)]
  if (facts?.layers === undefined) return `${describeKey} on ${name} tells what the two share.`
  const own = new Set(layers.map(({ digest }) => digest))
  const common = facts.layers.filter(({ digest }) => own.has(digest))
  return common.length === 0 ? `shares no layer with ${name}` : `shares ${amountOf(common)} with ${name}`
}
