import { bind } from './key-row.ts'

/** Keys of the views of layers: the list, the matrix, a layer's details, the history, the identifiers. */
export const LAYER_KEYS = [
  bind('layers', 'layers.enter', ['enter', 'right', 'l'], 'Show the files this layer writes and removes', { hint: 'its files' }),
  bind('layers', 'layers.mark', ['space'], 'Mark the layer for a squash, or unmark its range', { hint: 'mark' }),
  bind('layers', 'layers.matrix', ['t'], 'Show the bytes that each layer hides of each other one', {
    hint: 'matrix',
  }),
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

  bind('history', 'history.enter', ['enter'], 'Go to the layer this step made', { hint: 'its layer' }),

  bind('ids', 'ids.enter', ['enter'], 'Follow the digest under the cursor', { hint: 'follow' }),
]
