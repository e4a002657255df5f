import { KEYLESS } from './keyless-commands.ts'
import type { ViewId } from './view-id.ts'

/** Where a key means something: everywhere, with an image open, in every list, in documents, or in one view. */
export type KeyContext = 'global' | 'image' | 'list' | 'document' | ViewId

/**
 * One row of the key table: the binding, the footer's hint, the help page's line and the palette's entry.
 * Keys are named as `keyName` in tui/terminal/key-name.ts makes them: `j`, `G`, `up`, `ctrl-d`, `shift-tab`, `f1`.
 */
export type Binding<Name extends string = Command> = {
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

export type KeyTable = readonly Binding[]

/**
 * One key means one thing, whatever view it is pressed in; `was` has the keys of 0.1, where these had several meanings:
 *
 *     a      all: files of all layers up to here, squash all layers; `A` squashes none
 *     c      colours; `Z` chooses the compression
 *     d      details of a tag, a layer, a version; `i` sets the destination
 *     f      filters; `/` finds, in documents too
 *     i      type a name, to open or to write to; `F` turns what a comparison leaves out
 *     l      to the right, open; `L` removes litter
 *     m      more: names, columns; media types are in the menu of `e`
 *     n N    next find, next change, and back; `A` squashes no layer
 *     o      sorts; `i` alone types a name
 *     r      asks the place again: lists, reads, looks for referrers; `-` removes a path
 *     t      turns to another view of the same; times are in the menu of `e`
 *     u      undoes; `.` hides what did not change, `a` shows files up to a layer
 *     x      as it is stored: documents, hexadecimal; `X` removes what is marked, `W` swaps sides
 *     E R    opens all, reverses the order; `,` sets values of the config
 *     M      the treemap; `ctrl-t` turns the mouse on and off
 *     =      compares; `,` sets values of the config
 *     space  marks; `d` fetches the size of a tag
 *
 * The configuration names commands, and their names are those of 0.1. No command hangs on ctrl-a or ctrl-b alone: screen and
 * tmux take them.
 */
export const KEYS = [
  bind('list', 'up', ['up', 'k'], 'Move up', { palette: false }),
  bind('list', 'down', ['down', 'j'], 'Move down', { palette: false }),
  bind('list', 'page-up', ['pageup', 'ctrl-b'], 'Move a page up', { palette: false }),
  bind('list', 'page-down', ['pagedown', 'ctrl-f'], 'Move a page down', { palette: false }),
  bind('list', 'half-up', ['ctrl-u'], 'Move half a page up', { palette: false }),
  bind('list', 'half-down', ['ctrl-d'], 'Move half a page down', { palette: false }),
  bind('list', 'first', ['home', 'g', '<'], 'Go to the first row', { palette: false }),
  bind('list', 'last', ['end', 'G', '>'], 'Go to the last row', { palette: false }),

  bind('start', 'start.open', ['enter', 'right', 'l'], 'Open the image under the cursor', { hint: 'open' }),
  bind('start', 'start.type', ['i'], 'Type a path or a registry reference to open', { hint: 'type a name', was: ['i', 'o'] }),
  bind('start', 'start.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('start', 'start.refresh', ['r'], 'Look again for images here'),
  bind('browse', 'browse.enter', ['enter', 'right', 'l'], 'Open the entry under the cursor', { hint: 'open' }),
  bind('browse', 'browse.filter', ['f', '/'], 'Filter the names as you type', { hint: 'filter' }),
  bind('browse', 'browse.describe', ['d'], 'Fetch the date and the size of the image', { hint: 'size', was: ['d', 'space'] }),
  bind('browse', 'browse.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('browse', 'browse.mark-all', ['a'], 'Mark all images that are listed, or none of them'),
  bind('browse', 'browse.more', ['m'], 'Fetch more names', { hint: 'more' }),
  bind('browse', 'browse.type', ['i'], 'Type a name that is not listed', { hint: 'type a name', was: ['i', 'o'] }),
  bind('browse', 'browse.refresh', ['r'], 'List again'),
  bind('browse', 'browse.back', ['left', 'h'], 'Go one level back', { palette: false }),
  bind('layers', 'layers.enter', ['enter', 'right', 'l'], 'Show the files this layer writes and removes', { hint: 'its files' }),
  bind('layers', 'layers.mark', ['space'], 'Mark the layer for a squash, or unmark its range', { hint: 'mark' }),
  bind('layers', 'layers.matrix', ['t'], 'Show who hides how much of whom: rows ship, columns hide', { hint: 'matrix' }),
  bind('layers', 'layers.sort', ['o'], 'Sort by order, size, hidden bytes'),
  bind('layers', 'layers.filter', ['f', '/'], 'Find layers by words of their commands', { hint: 'find' }),
  bind('layers', 'layers.upto', ['a'], 'Show all files up to this layer', { hint: 'up to here', was: ['t'] }),
  bind('layers', 'layers.steps', ['c'], 'Show or hide steps that made no layer'),
  bind('layers', 'layers.range', ['V'], 'Mark everything from the layer marked last to this one'),
  bind('layers', 'layers.mark-down', ['shift-down'], 'Mark on the way down', { palette: false }),
  bind('layers', 'layers.mark-up', ['shift-up'], 'Mark on the way up', { palette: false }),
  bind('layers', 'layers.details', ['d'], 'Show everything about this layer'),
  bind('layers', 'layers.read', ['r'], 'Read the whole layer: verifies a listed one, retries a failed one'),
  bind('matrix', 'matrix.enter', ['enter'], 'Show the files of the cell', { hint: 'its files' }),
  bind('matrix', 'matrix.left', ['left', 'h'], 'Go to the layer before that hides something', { palette: false }),
  bind('matrix', 'matrix.right', ['right', 'l'], 'Go to the next layer that hides something', { palette: false }),
  bind('matrix', 'matrix.layers', ['t'], 'Show the layers as a list', { hint: 'list' }),
  bind('details', 'details.enter', ['enter'], 'Follow the digest under the cursor'),
  bind('files', 'files.enter', ['enter'], 'Open and close a directory; look at a file', { hint: 'open', palette: false }),
  bind('files', 'files.mark', ['space'], 'Mark for removal in the next squash', { hint: 'mark' }),
  bind('files', 'files.open', ['right', 'l'], 'Open a directory or go into it; look at a file', { palette: false }),
  bind('files', 'files.close', ['left', 'h'], 'Close a directory or go to the one around it', { palette: false }),
  bind('files', 'files.filter', ['f'], 'Filter: words, globs, /expressions/, >10M, type:link, layer:3, change:removed…', {
    hint: 'filter',
  }),
  bind('files', 'files.search', ['/'], 'Search names as you type', { hint: 'search' }),
  bind('files', 'files.next', ['n'], 'Next match'),
  bind('files', 'files.previous', ['N'], 'Previous match'),
  bind('files', 'files.scope', ['t'], 'Switch scope: whole image, up to this layer, this layer only', { hint: 'scope' }),
  bind('files', 'files.sort', ['o'], 'Sort by the next column', { hint: 'sort' }),
  bind('files', 'files.reverse', ['R'], 'Reverse the order'),
  bind('files', 'files.columns', ['m'], 'Show mode; then mode, owner, layer and time; then neither'),
  bind('files', 'files.unchanged', ['.'], 'Hide or show unchanged files', { was: ['u'] }),
  bind('files', 'files.expand-all', ['E', '*'], 'Open all directories'),
  bind('files', 'files.collapse-all', ['C'], 'Close all directories'),
  bind('files', 'files.versions', ['v'], 'Show what every layer did to the file'),
  bind('files', 'files.save', ['S'], 'Save the file or directory to disk'),
  bind('files', 'files.page', ['P'], 'Open the file in the pager'),
  bind('story', 'story.enter', ['enter', 'right', 'l'], 'Go to the files of the act', { hint: 'look' }),
  bind('story', 'story.mark', ['space'], 'Mark for the plan: the path, or the layers that ship it twice', { hint: 'mark' }),
  bind('findings', 'findings.enter', ['enter'], 'Go to the file, the layer or the line of the config; unfold a rule', {
    hint: 'go to it',
  }),
  bind('findings', 'findings.explain', ['d'], 'Explain the finding: why, what it must not be confused with, the fix', {
    hint: 'explain',
  }),
  bind('findings', 'findings.mark', ['space'], 'Mark the fix for the plan', { hint: 'mark the fix' }),
  bind('findings', 'findings.filter', ['f', '/'], 'Filter the findings: error, secret/, layer:3, a path', { hint: 'filter' }),
  bind('findings', 'findings.copy-fix', ['Y'], 'Copy the fix', { hint: 'copy the fix' }),
  bind('findings', 'findings.open', ['right', 'l'], 'Unfold a rule; go to what a finding is about', { palette: false }),
  bind('findings', 'findings.close', ['left', 'h'], 'Fold the rule', { palette: false }),
  bind('findings', 'findings.expand-all', ['E', '*'], 'Unfold all rules'),
  bind('findings', 'findings.collapse-all', ['C'], 'Fold all rules'),
  bind('explanation', 'explanation.enter', ['enter', 'right', 'l'], 'Go to what the finding is about', { hint: 'go to it' }),
  bind('explanation', 'explanation.mark', ['space'], 'Mark the fix for the plan', { hint: 'mark the fix' }),
  bind('explanation', 'explanation.copy-fix', ['Y'], 'Copy the fix', { hint: 'copy the fix' }),
  bind('biggest', 'biggest.enter', ['enter'], 'Go to the file in the tree', { hint: 'go to it' }),
  bind('biggest', 'biggest.view', ['right', 'l'], 'Look at the file', { hint: 'look' }),
  bind('biggest', 'biggest.versions', ['v'], 'Show what every layer did to the file'),
  bind('biggest', 'biggest.filter', ['f', '/'], 'Filter the files', { hint: 'filter' }),
  bind('biggest', 'biggest.sort', ['o'], 'Sort by the next column'),
  bind('biggest', 'biggest.reverse', ['R'], 'Reverse the order'),
  bind('waste', 'waste.enter', ['enter', 'right', 'l'], 'Go to the file in the tree', { hint: 'go to it' }),
  bind('waste', 'waste.mark', ['space'], 'Mark for removal in the next squash', { hint: 'mark' }),
  bind('waste', 'waste.by', ['t'], 'Switch between files, layers, directories and causes', { hint: 'by' }),
  bind('waste', 'waste.versions', ['v'], 'Show what every layer did to the file'),
  bind('waste', 'waste.filter', ['f', '/'], 'Filter the files', { hint: 'filter' }),
  bind('waste', 'waste.sort', ['o'], 'Sort by the next column'),
  bind('waste', 'waste.reverse', ['R'], 'Reverse the order'),
  bind('history', 'history.enter', ['enter'], 'Go to the layer this step made', { hint: 'its layer' }),
  bind('ids', 'ids.enter', ['enter'], 'Follow the digest under the cursor', { hint: 'follow' }),
  bind('index', 'index.enter', ['enter'], 'Open the image or the document', { hint: 'open' }),
  bind('index', 'index.open', ['right', 'l'], 'Expand the entry', { palette: false }),
  bind('index', 'index.close', ['left', 'h'], 'Collapse the entry', { palette: false }),
  bind('index', 'index.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('index', 'index.document', ['x'], 'Look at the document as it is stored', { hint: 'document' }),
  bind('index', 'index.referrers', ['r'], 'Look for signatures and attestations in the registry', {
    hint: 'referrers',
    was: ['R'],
  }),
  bind('versions', 'versions.enter', ['enter', 'right', 'l'], 'Look at this version', { hint: 'look' }),
  bind('versions', 'versions.mark', ['space'], 'Mark this version for a comparison', { hint: 'mark' }),
  bind('versions', 'versions.difference', ['d'], 'Compare with the marked version, or with the one before', {
    hint: 'difference',
  }),
  bind('versions', 'versions.save', ['S'], 'Save this version to disk'),
  bind('versions', 'versions.page', ['P'], 'Open this version in the pager'),
  bind('plan', 'plan.write', ['enter'], 'Write the result to the destination', { hint: 'write' }),
  bind('plan', 'plan.mark', ['space'], 'Take what is under the cursor out of the image, or leave it in', { hint: 'take out' }),
  bind('plan', 'plan.take-litter', ['*'], 'Take out all litter that was found, or leave it in', { hint: 'all litter' }),
  bind('plan', 'plan.unfold', ['right', 'left'], 'Show every layer, or fold runs of them', { palette: false }),
  bind('plan', 'plan.destination', ['i'], 'Set the destination', { hint: 'destination', was: ['d'] }),
  bind('plan', 'plan.compress', ['Z'], 'Choose the compression', { hint: 'compression', was: ['c'] }),
  bind('plan', 'plan.edit', ['e'], 'Change the plan: remove, drop, set, format', { hint: 'edit' }),
  bind('plan', 'plan.undo', ['u'], 'Undo the last change of the plan', { hint: 'undo' }),
  bind('plan', 'plan.litter', ['L'], 'Remove litter: package caches, bytecode, documentation', { was: ['l'] }),
  bind('plan', 'plan.remove', ['-'], 'Remove a path, or everything a filter matches', { was: ['r'] }),
  bind('plan', 'plan.remove-marked', ['X'], 'Remove the marked files', { was: ['x'] }),
  bind('plan', 'plan.drop', ['D'], 'Drop the layer under the cursor, or restore it'),
  bind('plan', 'plan.set', [], 'Set env, labels, user, command: KEY=VALUE', { was: ['='] }),
  bind('plan', 'plan.settings', [','], 'Set env, labels, user, command, ports… starting from their values', { was: ['E'] }),
  bind('plan', 'plan.times', [], 'Clamp timestamps in rewritten layers', { was: ['t'] }),
  bind('plan', 'plan.format', [], 'Choose OCI or Docker media types', { was: ['m'] }),
  bind('plan', 'plan.platforms', ['p'], 'Choose the platforms of the result'),
  bind('plan', 'plan.squash-all', ['a'], 'Squash all layers'),
  bind('plan', 'plan.squash-none', ['A'], 'Squash no layers', { was: ['n'] }),
  bind('plan', 'plan.save', ['S'], 'Save the plan as JSON'),
  bind('difference', 'difference.next', ['n'], 'Go to the next change, or the next find', { hint: 'next change' }),
  bind('difference', 'difference.previous', ['N'], 'Go to the change or the find before'),
  bind('difference', 'difference.search', ['/'], 'Search in both versions', { hint: 'search', was: ['/', 'f'] }),
  bind('difference', 'difference.wrap', ['w'], 'Wrap long lines or cut them', { hint: 'wrap' }),
  bind('difference', 'difference.page', ['P'], 'Open the difference in the pager', { hint: 'pager' }),
  bind('difference', 'difference.save', ['S'], 'Save the difference to disk, as patch reads it', { hint: 'save' }),
  bind('compare', 'compare.enter', ['enter'], 'Open or close a directory; see how a file differs', {
    hint: 'look',
    palette: false,
  }),
  bind('compare', 'compare.open', ['right', 'l'], 'Open a directory; see how a file differs', { palette: false }),
  bind('compare', 'compare.close', ['left', 'h'], 'Close a directory or go to the one around it', { palette: false }),
  bind('compare', 'compare.page', ['t', ']'], 'Turn between summary, files, layers, packages and settings', { hint: 'page' }),
  bind('compare', 'compare.page-back', ['['], 'Turn back'),
  bind('compare', 'compare.ignore', ['F'], 'Turn between everything, what a rebuild does not change by itself, and contents', {
    hint: 'ignore',
    was: [],
  }),
  bind('compare', 'compare.unchanged', ['.'], 'Show or hide what is the same on both sides', { was: [] }),
  bind('compare', 'compare.swap', ['W'], 'Swap the sides', { hint: 'swap', was: [] }),
  bind('compare', 'compare.next', ['n'], 'Go to the next change'),
  bind('compare', 'compare.previous', ['N'], 'Go to the change before'),
  bind('compare', 'compare.expand-all', ['E', '*'], 'Open all directories'),
  bind('compare', 'compare.collapse-all', ['C'], 'Close all directories'),
  bind('shared', 'shared.enter', ['enter', 'right', 'l'], 'Open the image; list the layers of the group', { hint: 'open' }),
  bind('treemap', 'treemap.enter', ['enter'], 'Go into the directory; look at the file', { hint: 'into', palette: false }),
  bind('treemap', 'treemap.mark', ['space'], 'Mark for removal in the next squash', { hint: 'mark' }),
  bind('treemap', 'treemap.left', ['left', 'h'], 'Go to the rectangle at the left', { palette: false }),
  bind('treemap', 'treemap.right', ['right', 'l'], 'Go to the rectangle at the right', { palette: false }),
  bind('treemap', 'treemap.lighter', ['n'], 'Go to the next smaller rectangle', { palette: false }),
  bind('treemap', 'treemap.heavier', ['N'], 'Go to the next larger rectangle', { palette: false }),
  bind('treemap', 'treemap.around', ['backspace'], 'Go to the directory around', { palette: false }),
  bind('treemap', 'treemap.colours', ['m'], 'Colour by layer, by change, by kind of file', { hint: 'colours' }),
  bind('treemap', 'treemap.tree', ['t'], 'Show it in the tree of files', { hint: 'in the tree' }),

  bind('document', 'document.enter', ['enter'], 'Follow a digest; fold and unfold', { hint: 'follow', palette: false }),
  bind('document', 'document.right', ['right', 'l'], 'Unfold; move long lines', { palette: false }),
  bind('document', 'document.left', ['left', 'h'], 'Fold; move long lines back', { palette: false }),
  bind('document', 'document.shape', ['x'], 'Switch between text, hexadecimal, JSON and details', { hint: 'text/hex' }),
  bind('document', 'document.search', ['/'], 'Search in it', { hint: 'search', was: ['/', 'f'] }),
  bind('document', 'document.next', ['n'], 'Next match'),
  bind('document', 'document.previous', ['N'], 'Previous match'),
  bind('document', 'document.wrap', ['w'], 'Wrap long lines or cut them', { hint: 'wrap' }),
  bind('document', 'document.numbers', ['#'], 'Show or hide line numbers'),
  bind('document', 'document.unfold', ['E', '*'], 'Unfold everything'),
  bind('document', 'document.fold', ['C'], 'Fold everything'),
  bind('document', 'document.versions', ['v'], 'Show what every layer did to the file', { hint: 'versions' }),
  bind('document', 'document.save', ['S'], 'Save it to disk', { hint: 'save' }),
  bind('document', 'document.page', ['P'], 'Open it in the pager', { hint: 'pager' }),

  bind('image', 'tab-next', [']'], 'Show the next tab of the right pane'),
  bind('image', 'tab-previous', ['['], 'Show the previous tab of the right pane'),
  bind('image', 'open-story', ['0'], 'Show the story: hidden files, the layers that hide them, findings'),
  bind('image', 'focus-layers', ['1'], 'Show the layers'),
  bind('image', 'open-files', ['2'], 'Show the files'),
  bind('image', 'open-waste', ['3'], 'Show every hidden byte'),
  bind('image', 'open-biggest', ['4'], 'Show the biggest files'),
  bind('image', 'open-documents', ['5'], 'Show the manifest; once more the config'),
  bind('image', 'open-history', ['6'], 'Show the history'),
  bind('image', 'open-ids', ['7'], 'Show the identifiers'),
  bind('image', 'open-index', ['8'], 'Show the index'),
  bind('image', 'focus-next', ['tab'], 'Focus the next pane', { palette: false }),
  bind('image', 'focus-previous', ['shift-tab'], 'Focus the previous pane', { palette: false }),
  bind('image', 'zoom', ['z', '+'], 'Make the pane the whole screen, and back'),
  bind('image', 'treemap', ['M'], 'Draw the sizes as a map of rectangles'),
  bind('image', 'reading', ['H'], 'Hold reading layers, or go on'),
  bind('image', 'squash', ['s'], 'Plan a squash of the marked layers, else of all', { hint: 'squash' }),
  bind('image', 'unmark', ['U'], 'Clear all marks'),
  bind('image', 'compare-squash', ['b'], 'Compare the image with what was squashed of it'),
  bind('image', 'beside', ['B'], 'Go to the squashed image, and back to the original'),
  bind('image', 'findings', ['!'], 'Show everything that is wrong with the image, the worst first'),
  bind('image', 'copy-menu', ['y'], 'Copy a digest, a path or a name'),
  bind('image', 'choose-platform', ['p'], 'Choose the platform'),
  bind('image', 'choose-image', ['I'], 'Choose another image of this source'),

  bind('global', 'back', ['escape'], 'Go one level back', { palette: false }),
  bind('global', 'palette', [':', 'ctrl-p'], 'Find a command'),
  bind('global', 'help', ['?', 'f1'], 'Show the keys', { hint: 'help' }),
  bind('global', 'compare', ['='], 'Mark an image or a layer, then compare it with another one'),
  bind('global', 'share', ['&'], 'Show which layers the marked images share'),
  bind('global', 'theme', ['T'], 'Choose a theme'),
  bind('global', 'mouse', ['ctrl-t'], 'Turn the mouse on or off', { was: ['M'] }),
  bind('global', 'start-screen', ['O'], 'Open another image'),
  bind('global', 'repaint', ['ctrl-l'], 'Redraw the screen', { palette: false }),
  bind('global', 'suspend', ['ctrl-z'], 'Suspend; the shell’s fg brings it back', { palette: false }),
  bind('global', 'close', ['q'], 'Close what is open; at the top, quit'),
  bind('global', 'quit', ['ctrl-c'], 'Quit', { palette: false }),
]

/** Everything that can be run. A command that nothing answers does not compile (shell/views.ts, shell/command.ts). */
export type Command = (typeof KEYS)[number]['command'] | (typeof KEYLESS)[number]

/** The commands whose names begin with a context's: what its view has to answer. */
export type CommandsOf<Prefix extends KeyContext> = Extract<Command, `${Prefix}.${string}`>

/** Commands that the plan's view answers, whichever view has the focus. */
export type PlanCommand = CommandsOf<'plan'> | 'squash' | 'beside'

const COMMANDS: ReadonlySet<string> = new Set([...KEYS.map(({ command }) => command), ...KEYLESS])

export function isCommand(text: string): text is Command {
  return COMMANDS.has(text)
}

type Extra = { readonly hint?: string; readonly palette?: boolean; readonly was?: readonly string[] }

function bind<const Name extends string>(
  context: KeyContext,
  command: Name,
  keys: readonly string[],
  help: string,
  extra: Extra = {},
): Binding<Name> {
  return { context, command, keys, help, ...extra }
}
