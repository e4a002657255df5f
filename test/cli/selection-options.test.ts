import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addSelectionOptions, readSelection } from '../../src/cli/run/selection-options.ts'

function selection(...args: readonly string[]) {
  const command = new Command('usage').exitOverride().configureOutput({ writeErr: () => undefined })
  addSelectionOptions(command)
  return readSelection(command.parse(args, { from: 'user' }).opts())
}

test('ages are hours, days, weeks and years', () => {
  const hour = 60 * 60 * 1000
  for (const [typed, hours] of [
    ['1h', 1],
    ['36h', 36],
    ['1d', 24],
    ['30d', 720],
    ['2w', 336],
    ['1y', 8760],
    ['0d', 0],
  ] as const)
    assert.equal(selection('--older-than', typed).olderThan, hours * hour, typed)
  assert.equal(selection('--older-than', '999999d').olderThan, 999_999 * 24 * hour)
  for (const typed of ['', 'd', '30', '1.5d', '-1d', '1m', '1D', '1d ', '1000000d', '1dd'])
    assert.throws(() => selection('--older-than', typed), /It takes a number and h, d, w or y/, typed)
})

test('conditions are those typed, and none without options', () => {
  assert.deepEqual(selection(), { olderThan: undefined, keepLast: undefined, match: undefined, untagged: false })
  assert.deepEqual(selection('--keep-last', '3', '--match', 'v*', '--untagged'), {
    olderThan: undefined,
    keepLast: 3,
    match: 'v*',
    untagged: true,
  })
})
