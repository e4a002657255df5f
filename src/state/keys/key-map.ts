import type { KeyContext } from './key-row.ts'
import type { Binding, KeyTable } from './keys.ts'

/** The binding of `key` in the first of `contexts` that has one. */
export function bindingFor(keys: KeyTable, contexts: readonly KeyContext[], key: string): Binding | undefined {
  for (const context of contexts) {
    const found = keys.find(binding => binding.context === context && binding.keys.includes(key))
    if (found !== undefined) return found
  }
  return undefined
}

/** The bindings that act now, nearest context first, without those whose every key is taken by a nearer one; those without a key are found by name. */
export function activeBindings(keys: KeyTable, contexts: readonly KeyContext[]): readonly Binding[] {
  const taken = new Set<string>()
  return contexts.flatMap(context => {
    const here = keys.filter(binding => binding.context === context)
    const free = here.filter(({ keys: own }) => own.length === 0 || own.some(key => !taken.has(key)))
    for (const binding of here) for (const key of binding.keys) taken.add(key)
    return free
  })
}

/** The binding that had `key` in 0.1 in one of `contexts` and has another key now, or none. */
export function movedBinding(keys: KeyTable, contexts: readonly KeyContext[], key: string): Binding | undefined {
  return keys.find(({ context, was, keys: now }) => contexts.includes(context) && was?.includes(key) && !now.includes(key))
}

/**
 * The table with the user's own keys: a command's name and the keys it shall have. Keys taken by the user are taken
 * away from the other commands of the same context, and from those of nearer contexts that did not have them in 0.1: what a
 * configuration did then it does now. Unknown names are reported, not fatal.
 */
export function withOwnKeys(
  keys: KeyTable,
  own: Readonly<Record<string, readonly string[]>>,
): { readonly keys: KeyTable; readonly unknown: readonly string[] } {
  const unknown = Object.keys(own).filter(command => !keys.some(binding => binding.command === command))
  const chosen = keys.flatMap(({ context, command }) => (own[command] ?? []).map(key => ({ context, key })))
  const table = keys.map((binding): Binding => {
    const { context, command, was = binding.keys } = binding
    if (own[command] !== undefined) return { ...binding, keys: own[command] }
    const isTaken = (key: string) =>
      chosen.some(
        each => each.key === key && (each.context === context || (reach(each.context) > reach(context) && !was.includes(key))),
      )
    return { ...binding, keys: binding.keys.filter(key => !isTaken(key)) }
  })
  return { keys: table, unknown }
}

/** How far a context reaches: a view's own keys go before those of all lists, of an image, of the program. */
function reach(context: KeyContext): number {
  return ['list', 'image', 'global'].indexOf(context) + 1
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
