import type { Guess } from './command-guesses.ts'

/** An option of another tool. */
export type OptionGuess = Guess & {
  /** Commands it is understood after; all where undefined. */
  readonly commands?: readonly string[]
  readonly options: readonly string[]
  /** Whether the next word belongs to it where there is no `=`. */
  readonly takes?: boolean
  /** The options it becomes; undefined where the sentence is the answer. `value` is empty where nothing is taken. */
  readonly read?: (value: string) => readonly string[] | undefined
}

/** An option that changes nothing here. */
export const nothing = { read: () => [] }
/** An option that is these words here. */
export const becomes = (...words: readonly string[]) => ({ read: () => words })
/** An option that is called otherwise here, with the same value. */
export const option = (name: string) => ({ takes: true, read: (value: string) => [name, value] })
