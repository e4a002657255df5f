import type { Cursor } from '../../line/cursor.ts'
import type { FoundPaths } from '../../list/fuzzy-paths.ts'
import type { Stack } from '../../overlay/tree.ts'
import type { Command } from '../keys/keys.ts'

/** One line that takes typed text. `cursor` counts code points from the start. */
export type Field = { readonly text: string; readonly cursor: number }

/** The effect of picking an item: a command of the key table, with an argument for those that take one. */
export type MenuItem = { readonly label: string; readonly command: Command; readonly argument?: string }

/** The dialog that is open in front of the panes and takes every key. */
export type Dialog =
  /** A choice among a dozen things at most: drawn by ink-select-input. Longer lists are views. */
  | { readonly type: 'choose'; readonly title: string; readonly items: readonly MenuItem[]; readonly initial?: number }
  | { readonly type: 'help'; readonly top: number }
  | { readonly type: 'palette'; readonly field: Field; readonly cursor: Cursor }
  /**
   * Paths of the whole image by letters of them. `shown` was found last, of an older text or fewer layers while the newer is looked for;
   * `isEntered`: Enter goes to the best of the newer once it is found.
   */
  | {
      readonly type: 'find-file'
      readonly field: Field
      readonly cursor: Cursor
      readonly shown: ShownPaths | undefined
      readonly isEntered: boolean
    }
  /**
   * A line of text at the bottom. Each change runs `command` with the text as its argument when `live`; Enter always
   * does; Esc runs `cancel`. `error` says what is wrong with the text as it stands. Tab puts the next of `offers` in.
   */
  | {
      readonly type: 'prompt'
      readonly label: string
      readonly field: Field
      readonly command: Command
      readonly live: boolean
      readonly cancel?: Command
      readonly error?: string
      /** The form of the text, shown while the field is empty. */
      readonly hint?: string
      readonly offers?: readonly string[]
      /** `filter`: words of the filter language are offered as they are typed; `place`: paths, and places opened before. */
      readonly completes?: 'filter' | 'place'
      /** The offer that is in the field. */
      readonly offered?: number
    }

export type ShownPaths = { readonly stack: Stack; readonly found: FoundPaths }

export type PromptDialog = Extract<Dialog, { type: 'prompt' }>

/** A dialog that is only read: it takes the whole screen and scrolls. */
export type PageDialog = Extract<Dialog, { readonly top: number }>

export function isPage(dialog: Dialog | undefined): dialog is PageDialog {
  return dialog !== undefined && 'top' in dialog
}
