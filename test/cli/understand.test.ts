import { test } from 'node:test'
import { ROWS } from '../../src/cli/commands.ts'
import { COMMAND_GUESSES } from '../../src/cli/run/command-guesses.ts'
import { OPTION_GUESSES } from '../../src/cli/run/option-guesses.ts'
import { understand, understandOptions } from '../../src/cli/run/understand.ts'
import { UsageError } from '../../src/cli/run/usage-error.ts'
import { assertGolden } from '../kit/golden-text.ts'

const vocabulary = { commands: ROWS.map(({ name }) => name), valued: new Set(['--platform']), exists: () => false }

function answer(read: () => readonly string[]): string {
  try {
    return read().join(' ')
  } catch (error) {
    if (error instanceof UsageError) return error.code
    throw error
  }
}

test('every word and option of another tool is taken for the same, or answered so: a change is seen in their golden file', () => {
  const text: string[] = []
  for (const { words, typed, means } of COMMAND_GUESSES) {
    text.push(`==== ${typed}: ${means}`)
    for (const word of words)
      for (const rest of [[], ['a/b:1'], ['a/b:1', 'c/d:2'], ['--force', 'a/b:1', '-'], ['a', 'b', 'c']])
        text.push(`${[word, ...rest].join(' ')} → ${answer(() => understand([word, ...rest], vocabulary))}`)
  }
  for (const { options, typed, means, commands } of OPTION_GUESSES) {
    text.push(`==== ${typed}: ${means}`)
    for (const option of options)
      for (const words of [
        [option],
        [`${option}=false`],
        [option, 'all'],
        [option, 'linux'],
        [`${option}=system`],
        [option, '3'],
      ])
        for (const command of [commands?.[0] ?? 'ls', 'tags'])
          text.push(
            `${command} ${words.join(' ')} → ${answer(() => understandOptions(command, [...words, 'x'], new Set(['--known'])))}`,
          )
    if (commands !== undefined) text.push(`after ${commands.join(' ')}`)
  }
  assertGolden('guesses.txt', text.join('\n'))
})
