import type { ViewId } from './view-id.ts'

/** Where a key means something: everywhere, with an image open, in every list, in documents, or in one view. */
export type Context = 'global' | 'image' | 'list' | 'document' | ViewId

/**
 * One row of the key table: the binding, the footer's hint, the help page's line and the palette's entry.
 * Keys are named as `keyName` in tui/terminal/key-name.ts makes them: `j`, `G`, `up`, `ctrl-d`, `shift-tab`, `f1`.
 */
export type Binding = {
  readonly context: Context
  /** What it does, for `View.update` or the shell: `files.sort`. A binding's name in the configuration file. */
  readonly command: string
  readonly keys: readonly string[]
  /** One line for the help page and the palette, a verb first. */
  readonly help: string
  /** The word for the footer, for the handful of keys worth a hint. */
  readonly hint?: string
  /** False for what makes no sense picked from the palette, such as moving the cursor. */
  readonly palette?: boolean
}

export type KeyTable = readonly Binding[]

/** No command hangs on ctrl-a or ctrl-b alone: screen and tmux take them. */
export const KEYS: KeyTable = [
  bind('list', 'up', ['up', 'k'], 'Move up', { palette: false }),
  bind('list', 'down', ['down', 'j'], 'Move down', { palette: false }),
  bind('list', 'page-up', ['pageup', 'ctrl-b'], 'Move a page up', { palette: false }),
  bind('list', 'page-down', ['pagedown', 'ctrl-f'], 'Move a page down', { palette: false }),
  bind('list', 'half-up', ['ctrl-u'], 'Move half a page up', { palette: false }),
  bind('list', 'half-down', ['ctrl-d'], 'Move half a page down', { palette: false }),
  bind('list', 'first', ['home', 'g', '<'], 'Go to the first row', { palette: false }),
  bind('list', 'last', ['end', 'G', '>'], 'Go to the last row', { palette: false }),

  bind('start', 'start.open', ['enter', 'right', 'l'], 'Open the image under the cursor', { hint: 'open' }),
  bind('start', 'start.type', ['i', 'o'], 'Type a path or a registry reference to open', { hint: 'type a name' }),
  bind('start', 'start.refresh', ['r'], 'Look again for images here'),

  bind('image', 'tab-next', [']'], 'Show the next tab of the right pane'),
  bind('image', 'tab-previous', ['['], 'Show the previous tab of the right pane'),
  bind('image', 'focus-layers', ['1'], 'Focus the layers', { palette: false }),
  bind('image', 'focus-details', ['2'], 'Focus the layer’s details', { palette: false }),
  bind('image', 'focus-main', ['3'], 'Focus the right pane', { palette: false }),
  bind('image', 'focus-next', ['tab'], 'Focus the next pane', { palette: false }),
  bind('image', 'focus-previous', ['shift-tab'], 'Focus the previous pane', { palette: false }),
  bind('image', 'zoom', ['z', '+'], 'Make the pane the whole screen, and back'),
  bind('image', 'copy-menu', ['y'], 'Copy a digest, a path or a name'),
  bind('image', 'choose-platform', ['p'], 'Choose the platform'),
  bind('image', 'choose-image', ['I'], 'Choose another image of this source'),

  bind('global', 'back', ['escape'], 'Go one level back', { palette: false }),
  bind('global', 'palette', [':', 'ctrl-p'], 'Find a command'),
  bind('global', 'help', ['?', 'f1'], 'Show the keys', { hint: 'help' }),
  bind('global', 'theme', ['T'], 'Choose a theme'),
  bind('global', 'mouse', ['M'], 'Turn the mouse on or off'),
  bind('global', 'start-screen', ['O'], 'Open another image'),
  bind('global', 'repaint', ['ctrl-l'], 'Draw the screen anew', { palette: false }),
  bind('global', 'suspend', ['ctrl-z'], 'Suspend; the shell’s fg brings it back', { palette: false }),
  bind('global', 'close', ['q'], 'Close what is open; at the top, quit'),
  bind('global', 'quit', ['ctrl-c'], 'Quit', { palette: false }),
]

type Extra = { readonly hint?: string; readonly palette?: boolean }

function bind(context: Context, command: string, keys: readonly string[], help: string, extra: Extra = {}): Binding {
  return { context, command, keys, help, ...extra }
}
