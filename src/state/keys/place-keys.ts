import { bind } from './key-row.ts'

/** Keys of the views of places: the start screen, a registry's lists, an index. */
export const PLACE_KEYS = [
  bind('start', 'start.open', ['enter', 'right', 'l'], 'Open the image under the cursor', { hint: 'open' }),
  bind('start', 'start.type', ['i'], 'Type a path or a registry reference to open', { hint: 'type a name', was: ['i', 'o'] }),
  bind('start', 'start.search', ['/'], 'Search images by what they are for, in English or Chinese', { hint: 'search' }),
  bind('start', 'start.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('start', 'start.refresh', ['r'], 'Look again for images here'),

  bind('browse', 'browse.enter', ['enter', 'right', 'l'], 'Open the entry under the cursor', { hint: 'open' }),
  bind('browse', 'browse.filter', ['f'], 'Filter the names as you type', { hint: 'filter', was: ['f', '/'] }),
  bind('browse', 'browse.describe', ['d'], 'Fetch the date and the size of the image', { hint: 'size', was: ['d', 'space'] }),
  bind('browse', 'browse.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('browse', 'browse.mark-all', ['a'], 'Mark all images that are listed, or none of them'),
  bind('browse', 'browse.more', ['m'], 'Fetch more names', { hint: 'more' }),
  bind('browse', 'browse.type', ['i'], 'Type a name that is not listed', { hint: 'type a name', was: ['i', 'o'] }),
  bind('browse', 'browse.refresh', ['r'], 'List again'),
  bind('browse', 'browse.back', ['left', 'h'], 'Go one level back', { palette: false }),

  bind('index', 'index.enter', ['enter'], 'Open the image or the document', { hint: 'open' }),
  bind('index', 'index.open', ['right', 'l'], 'Expand the entry', { palette: false }),
  bind('index', 'index.close', ['left', 'h'], 'Collapse the entry', { palette: false }),
  bind('index', 'index.mark', ['space'], 'Mark the image for the page of shared layers'),
  bind('index', 'index.document', ['x'], 'Look at the document as it is stored', { hint: 'document' }),
  bind('index', 'index.referrers', ['r'], 'Look for signatures and attestations in the registry', {
    hint: 'referrers',
    was: ['R'],
  }),

  bind('serve', 'serve.copy', ['enter'], 'Copy the command that pulls it', { hint: 'copy' }),
  bind('serve', 'serve.end', [], 'End the registry'),
]
