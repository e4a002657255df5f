import { test } from 'node:test'
import { KEYS } from '../../../src/state/keys/keys.ts'
import { assertGolden } from '../../kit/golden-text.ts'

test('keys are in fingers and names of commands in configuration files: each change of the table is seen in its golden file', () => {
  const rows = KEYS.map(({ context, command, keys, hint, was, palette }) =>
    [
      `${context} ${command}: ${keys.join(' ')}`,
      ...(was === undefined ? [] : [`was ${was.join(' ')}`]),
      ...(hint === undefined ? [] : [`footer "${hint}"`]),
      ...(palette === false ? ['not in the palette'] : []),
    ].join('; '),
  )
  assertGolden('keys.txt', rows.join('\n'))
})
