import type { Binding, KeyContext, KeyTable } from './keys.ts'

/** The binding of `key` in the first of `contexts` that has one. */
export function bindingFor(keys: KeyTable, contexts: readonly KeyContext[], key: string): Binding | undefined {
  for (const context of contexts) {
    const found = keys.find(binding => binding.context === context && binding.keys.includes(key))
    if (found !== undefined) return found
  }
  return undefined
}

/** The bindings that act now, nearest context first, without those whose every key is taken by a nearer one. */
export function activeBindings(keys: KeyTable, contexts: readonly KeyContext[]): readonly Binding[] {
  const taken = new Set<string>()
  return contexts.flatMap(context => {
    const here = keys.filter(binding => binding.context === context)
    const free = here.filter(binding => binding.keys.some(key => !taken.has(key)))
    for (const binding of here) for (const key of binding.keys) taken.add(key)
    return free
  })
}

/**
 * The table with the user's own keys: a command's name and the keys it shall have. Keys taken by the user are taken
 * away from the other commands of the same context. Unknown names are reported, not fatal.
 */
export function withOwnKeys(
  keys: KeyTable,
  own: Readonly<Record<string, readonly string[]>>,
): { readonly keys: KeyTable; readonly unknown: readonly string[] } {
  const unknown = Object.keys(own).filter(command => !keys.some(binding => binding.command === command))
  const table = keys.map(binding => {
    const chosen = own[binding.command]
    if (chosen !== undefined) return { ...binding, keys: chosen }
    const taken = keys.filter(other => other.context === binding.context).flatMap(other => own[other.command] ?? [])
    return { ...binding, keys: binding.keys.filter(key => !taken.includes(key)) }
  })
  return { keys: table, unknown }
}

/** A key as a person reads it in the footer and the help. */
export function keyLabel(key: string, ascii: boolean): string {
  const signs: Readonly<Record<string, string>> = ascii ? {} : { enter: '⏎', up: '↑', down: '↓', left: '←', right: '→' }
  const known = signs[key] ?? WORDS[key]
  if (known === undefined && key.startsWith('shift-')) return `Shift-${keyLabel(key.slice(6), ascii)}`
  return known ?? key.replace(/^ctrl-/, 'Ctrl-').replace(/^f(\d+)$/, 'F$1')
}

const WORDS: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  space: 'Space',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
  delete: 'Del',
}
