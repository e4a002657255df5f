import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addCommonOptions, readCommonOptions } from '../../src/cli/run/options.ts'
import { THEME_NAMES } from '../../src/line/theme-names.ts'

test('a theme that there is not is refused with those that there are', () => {
  const parsed = (theme: string) => {
    const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
    addCommonOptions(command)
    return readCommonOptions(command.parse(['--theme', theme], { from: 'user' }).opts()).theme
  }
  for (const name of THEME_NAMES) assert.equal(parsed(name), name)
  assert.throws(() => parsed('nope'), { message: /Allowed choices are terminal, high-contrast, / })
})
