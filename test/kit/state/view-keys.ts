/** Keys that lead to each view from the one before it. */
export const VIEWS: readonly (readonly [name: string, ...keys: string[]])[] = [
  ['story', '0'],
  ['layers', '1'],
  ['matrix', 't'],
  ['files', 'escape', '2', 'E', 'j', 'j', 'j'],
  ['file', '/', 'c', 'o', 'n', 'f', 'enter', 'enter'],
  ['versions', 'escape', 'v'],
  ['waste', 'escape', '3'],
  ['biggest', '4'],
  ['config', '5', '5'],
  ['history', '6'],
  ['ids', '7'],
  ['index', '8'],
  ['details', '1', 'd'],
  ['treemap', 'escape', '2', 'M'],
  ['plan', 's'],
  ['help', '?'],
]
