import { contextsOf } from '../keys/contexts.ts'
import { activeBindings } from '../keys/key-map.ts'
import type { Binding } from '../keys/keys.ts'
import type { State } from '../state.ts'

/** Commands that can be run now and whose words contain every word of `query`. */
export function paletteEntries(state: State, query: string): readonly Binding[] {
  const words = query.toLowerCase().split(/\s+/)
  return activeBindings(state.keys, contextsOf(state)).filter(({ help, command, palette }) => {
    const text = `${help} ${command}`.toLowerCase()
    return palette !== false && words.every(word => text.includes(word))
  })
}
