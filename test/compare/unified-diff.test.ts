import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineEdits } from '../../src/compare/content/line-edits.ts'
import { patchLines } from '../../src/compare/content/unified-diff.ts'
import { finish } from '../../src/overlay/steps.ts'

type File = { readonly path: string; readonly text: string }

function unifiedDiff(before: File | undefined, after: File | undefined): readonly string[] | undefined {
  const edits = finish(lineEdits(before?.text ?? '', after?.text ?? ''))
  return edits && patchLines(edits, before?.path, after?.path)
}

test('a file that is only on one side is compared with nothing, as git writes it', () => {
  const file = { path: 'etc/motd', text: 'one\ntwo\n' }
  assert.deepEqual(unifiedDiff(undefined, file), ['--- /dev/null', '+++ b/etc/motd', '@@ -0,0 +1,2 @@', '+one', '+two'])
  assert.deepEqual(unifiedDiff(file, undefined), ['--- a/etc/motd', '+++ /dev/null', '@@ -1,2 +0,0 @@', '-one', '-two'])
})

test('a change stands between its neighbours, and a missing newline at the end is said', () => {
  const lines = (text: string) => ({ path: 'f', text })
  assert.deepEqual(unifiedDiff(lines('a\nb\nc\n'), lines('a\nx\nc')), [
    '--- a/f',
    '+++ b/f',
    '@@ -1,3 +1,3 @@',
    ' a',
    '-b',
    '-c',
    '+x',
    '+c',
    '\\ No newline at end of file',
  ])
})
