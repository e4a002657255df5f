import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { mustBeWritten } from '../../src/rebuild/removal.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'

/** More than a call takes as arguments. */
const MANY = 150_000

test('a layer above a directory with more names than a call has arguments stays as it is when the directory is removed', () => {
  const entries = Array.from({ length: MANY }, (_, number): EntryFixture => ({ type: 'fifo', path: `d/${number}` }))
  const stack = buildStack([changesetFixture(entries), changesetFixture([{ type: 'file', path: 'other' }])], 'overlay')
  const edits = { removed: new Set(['d' as FilePath]), clampTo: undefined }
  assert.equal(mustBeWritten(stack, 0, edits), true)
  assert.equal(mustBeWritten(stack, 1, edits), false)
})
