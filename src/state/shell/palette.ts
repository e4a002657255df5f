import { activeBindings } from '../model/key-map.ts'
import type { Binding } from '../model/keys.ts'
import type { State } from '../model/state.ts'
import { contextsOf } from './contexts.ts'

/** Commands that can be run now and whose words contain every word of `query`. */
export function paletteEntries(state: State, query: string): readonly Binding[] {
  const words = query.toLowerCase().split(/\s+/)
  return activeBindings(state.keys, contextsOf(state)).filter(({ help, command, palette }) => {
    const text = `${help} ${command}`.toLowerCase()
    return palette !== false && words.every(word => text.includes(word))
  })
}
