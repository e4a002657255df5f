import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretScanner } from '../../../src/check/secret/secret-scanner.ts'

test('a Slack token ends where the next begins, so that a row of them is not read once for each', () => {
  const body = (at: number) => `${4829103756 + at * 7919}-${7503918264 - at * 104729}-aBcXyZ${at}QwErTyUiOp`
  const text = Buffer.from([0, 1, 2].map(at => `xoxb-${body(at)}`).join('-'))
  const scanner = new SecretScanner()
  scanner.begin(undefined, text.length)
  scanner.data(text)
  assert.equal(scanner.end().length, 3)
})
