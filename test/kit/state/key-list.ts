import { keyLabel } from '../../../src/state/keys/key-map.ts'
import type { KeyContext } from '../../../src/state/keys/key-row.ts'
import { KEYS } from '../../../src/state/keys/keys.ts'

const TITLES: Readonly<Partial<Record<KeyContext, string>>> = {
  global: 'Everywhere',
  image: 'With an image open',
  list: 'In every list',
  rows: 'In the waste, the biggest files and a registry',
  document: 'In documents and files',
  start: 'On the start screen',
}

/** The key list of the README, from the one table the program uses. */
export function keyList(): string {
  const groups = Map.groupBy(KEYS, ({ context }) => context)
  return [...groups]
    .map(([context, bindings]) => {
      const rows = bindings.map(
        ({ keys, help }) =>
          `| ${(keys.length === 0 ? [':'] : keys).map(key => code(keyLabel(key, false))).join(' ')} | ${help} |`,
      )
      return [`**${TITLES[context] ?? `In ${context}`}**`, '', '| key | what it does |', '|---|---|', ...rows].join('\n')
    })
    .join('\n\n')
}

function code(label: string): string {
  return `\`${label.replaceAll('|', '\\|')}\``
}
