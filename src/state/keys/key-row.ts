import type { ViewId } from './view-id.ts'

/** Where a key means something: everywhere, with an image open, in every list, in lists that are searched or that a preview follows, in documents, in one view. */
export type KeyContext = 'global' | 'image' | 'list' | 'rows' | 'document' | 'preview' | ViewId

/**
 * One row of the key table: the binding, the footer's hint, the help page's line and the palette's entry.
 * Keys are named as `keyName` in tui/terminal/key-name.ts makes them: `j`, `G`, `up`, `ctrl-d`, `shift-tab`, `f1`.
 */
export type KeyRow<Name extends string> = {
  readonly context: KeyContext
  /** The command of the key, for a view or the shell: `files.sort`. A binding's name in the configuration file. */
  readonly command: Name
  readonly keys: readonly string[]
  /** Its keys in 0.1, where they were others: a key that does nothing now is told where it went. */
  readonly was?: readonly string[]
  /** One line for the help page and the palette, a verb first. */
  readonly help: string
  /** The word for the footer, for the handful of keys worth a hint. */
  readonly hint?: string
  /** False for what makes no sense picked from the palette, such as moving the cursor. */
  readonly palette?: boolean
}

type Extra = { readonly hint?: string; readonly palette?: boolean; readonly was?: readonly string[] }

/** One row of the table, for a view's file of keys. */
export function bind<const Name extends string>(
  context: KeyContext,
  command: Name,
  keys: readonly string[],
  help: string,
  extra: Extra = {},
): KeyRow<Name> {
  return { context, command, keys, help, ...extra }
}
