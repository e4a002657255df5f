import { otherSpellings } from '../../image/other-spelling.ts'
import { COMMAND_GUESSES, type Guess } from '../run/command-guesses.ts'
import { OPTION_GUESSES } from '../run/option-guesses.ts'
import { columns } from './columns.ts'

/** `peel help guesses`: what other tools call it, and what peel takes it for. */
export function guessesHelp(): readonly string[] {
  const spellings = otherSpellings().map(({ typed, means, tools }) => ({ typed, means: `${means}   (${tools})` }))
  return [
    'Commands of other tools, and the command of peel that runs in place of each. Where none runs, a sentence says so.',
    ...section('Commands', COMMAND_GUESSES),
    ...section('Options', OPTION_GUESSES),
    ...section('Places', spellings),
  ]
}

function section(title: string, rows: readonly Guess[]): readonly string[] {
  return ['', title, ...columns(rows.map(({ typed, means }) => [typed, means] as const))]
}
