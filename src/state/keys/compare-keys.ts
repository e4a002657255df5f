import { bind } from './key-row.ts'

/** Keys of the views of more than one: two images, two versions of a file, the layers that images share. */
export const COMPARE_KEYS = [
  bind(
    'compare',
    'compare.enter',
    ['enter'],
    'Open or close a directory; see how a file differs, or what a pair of layers changes',
    {
      hint: 'look',
      palette: false,
    },
  ),
  bind('compare', 'compare.open', ['right', 'l'], 'Open a directory; see how a file differs', { palette: false }),
  bind('compare', 'compare.close', ['left', 'h'], 'Close a directory or go to the one around it', { palette: false }),
  bind('compare', 'compare.page', ['t', ']'], 'Turn between summary, files, layers, packages and settings', { hint: 'page' }),
  bind('compare', 'compare.page-back', ['['], 'Turn back'),
  bind(
    'compare',
    'compare.ignore',
    ['F'],
    'Switch between all differences, those that a rebuild does not make by itself, and contents',
    {
      hint: 'ignore',
      was: [],
    },
  ),
  bind('compare', 'compare.unchanged', ['.'], 'Show or hide files that are the same on both sides', { was: [] }),
  bind('compare', 'compare.swap', ['W'], 'Swap the sides', { hint: 'swap', was: [] }),
  bind('compare', 'compare.next', ['n'], 'Go to the next change'),
  bind('compare', 'compare.previous', ['N'], 'Go to the change before'),
  bind('compare', 'compare.expand-all', ['E', '*'], 'Open all directories'),
  bind('compare', 'compare.collapse-all', ['C'], 'Close all directories'),

  bind('difference', 'difference.next', ['n'], 'Go to the next change, or the next find', { hint: 'next change' }),
  bind('difference', 'difference.previous', ['N'], 'Go to the change or the find before'),
  bind('difference', 'difference.search', ['/'], 'Search in both versions', { hint: 'search', was: ['/', 'f'] }),
  bind('difference', 'difference.wrap', ['w'], 'Wrap long lines or cut them', { hint: 'wrap' }),
  bind('difference', 'difference.page', ['P'], 'Open the difference in the pager', { hint: 'pager' }),
  bind('difference', 'difference.save', ['S'], 'Save the difference to disk, as patch reads it', { hint: 'save' }),

  bind('shared', 'shared.enter', ['enter', 'right', 'l'], 'Open the image; list the layers of the group', { hint: 'open' }),
]
