import { bind } from './key-row.ts'

/** Keys of the views of files: the tree, the lists by size, the treemap, the versions of one file. */
export const FILE_KEYS = [
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
  bind('files', 'files.versions', ['v'], 'Show the changes of every layer to the file'),
  bind('files', 'files.save', ['S'], 'Save the file or directory to disk'),
  bind('files', 'files.page', ['P'], 'Open the file in the pager'),

  bind('biggest', 'biggest.enter', ['enter'], 'Go to the file in the tree', { hint: 'go to it' }),
  bind('biggest', 'biggest.view', ['right', 'l'], 'Look at the file', { hint: 'look' }),
  bind('biggest', 'biggest.versions', ['v'], 'Show the changes of every layer to the file'),
  bind('biggest', 'biggest.filter', ['f'], 'Filter the files', { hint: 'filter', was: ['f', '/'] }),
  bind('biggest', 'biggest.sort', ['o'], 'Sort by the next column'),
  bind('biggest', 'biggest.reverse', ['R'], 'Reverse the order'),

  bind('waste', 'waste.enter', ['enter'], 'Open and close a directory; show the files of a layer; go to the file in the tree', {
    hint: 'open',
  }),
  bind('waste', 'waste.open', ['right', 'l'], 'Open a directory or go into it; go to the file in the tree', { palette: false }),
  bind('waste', 'waste.close', ['left', 'h'], 'Close a directory or go to the one around it', { palette: false }),
  bind('waste', 'waste.expand-all', ['E', '*'], 'Open all directories'),
  bind('waste', 'waste.collapse-all', ['C'], 'Close all directories'),
  bind('waste', 'waste.mark', ['space'], 'Mark for removal in the next squash', { hint: 'mark' }),
  bind('waste', 'waste.by', ['t'], 'Switch between files, layers, directories and causes', { hint: 'by' }),
  bind('waste', 'waste.versions', ['v'], 'Show the changes of every layer to the file'),
  bind('waste', 'waste.filter', ['f'], 'Filter the files', { hint: 'filter', was: ['f', '/'] }),
  bind('waste', 'waste.sort', ['o'], 'Sort by the next column'),
  bind('waste', 'waste.reverse', ['R'], 'Reverse the order'),

  bind('treemap', 'treemap.enter', ['enter'], 'Go into the directory; look at the file', { hint: 'into', palette: false }),
  bind('treemap', 'treemap.mark', ['space'], 'Mark for removal in the next squash', { hint: 'mark' }),
  bind('treemap', 'treemap.left', ['left', 'h'], 'Go to the rectangle at the left', { palette: false }),
  bind('treemap', 'treemap.right', ['right', 'l'], 'Go to the rectangle at the right', { palette: false }),
  bind('treemap', 'treemap.lighter', ['n'], 'Go to the next smaller rectangle', { palette: false }),
  bind('treemap', 'treemap.heavier', ['N'], 'Go to the next larger rectangle', { palette: false }),
  bind('treemap', 'treemap.around', ['backspace'], 'Go to the directory around', { palette: false }),
  bind('treemap', 'treemap.colours', ['m'], 'Colour by layer, by change, by kind of file', { hint: 'colours' }),
  bind('treemap', 'treemap.tree', ['t'], 'Show it in the tree of files', { hint: 'in the tree' }),

  bind('versions', 'versions.enter', ['enter', 'right', 'l'], 'Look at this version', { hint: 'look' }),
  bind('versions', 'versions.mark', ['space'], 'Mark this version for a comparison', { hint: 'mark' }),
  bind('versions', 'versions.difference', ['d'], 'Compare with the marked version, or with the one before', {
    hint: 'difference',
  }),
  bind('versions', 'versions.save', ['S'], 'Save this version to disk'),
  bind('versions', 'versions.page', ['P'], 'Open this version in the pager'),
]
