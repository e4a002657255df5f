import type { KeyContext } from '../keys/key-row.ts'

/** The place where a key of the context does something, as words that end a sentence: `in the layers`. */
export function placeOf(context: KeyContext): string {
  return PLACES[context]
}

const PLACES: Readonly<Record<KeyContext, string>> = {
  global: 'everywhere',
  image: 'with an image open',
  list: 'in every list',
  rows: 'in a list of files or names',
  document: 'in a document',
  preview: 'beside a list',
  start: 'on the start screen',
  browse: 'while a registry is browsed',
  layers: 'in the layers',
  details: 'in the details of a layer',
  story: 'in the story',
  files: 'in the files',
  waste: 'in the waste',
  biggest: 'in the biggest files',
  manifest: 'in the manifest',
  config: 'in the config',
  history: 'in the history',
  ids: 'in the identifiers',
  index: 'in the index',
  file: 'while a file is shown',
  versions: 'in the versions of a file',
  difference: 'in a difference',
  blob: 'while a blob is shown',
  plan: 'in the plan of a squash',
  compare: 'in a comparison',
  shared: 'in the page of shared layers',
  treemap: 'in the treemap',
  matrix: 'in the matrix',
  findings: 'in the findings',
  explanation: 'in the explanation of a finding',
  serve: 'in the page of what is served',
}
