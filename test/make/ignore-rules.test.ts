import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedPath } from '../../src/layer/file-path.ts'
import { IgnoreRules, ignoreLines } from '../../src/make/ignore-rules.ts'

const ignores = (patterns: readonly string[], path: string) => new IgnoreRules(patterns).ignores(typedPath(path))

/** The paths that each pattern leaves out and those that it does not, by the documentation of .dockerignore and moby's own cases. */
const CASES: readonly (readonly [pattern: string, out: readonly string[], kept: readonly string[]])[] = [
  ['node_modules', ['node_modules', 'node_modules/a/b'], ['src/node_modules', 'node_modules2']],
  ['/node_modules/', ['node_modules/a'], ['src/node_modules']],
  ['*/temp*', ['a/temporary.txt', 'a/temp', 'a/temp/x'], ['temp', 'a/b/temp']],
  ['*/*/temp*', ['a/b/temporary.txt'], ['a/temp']],
  ['temp?', ['tempa', 'tempb'], ['temp', 'temp12', 'x/tempa']],
  ['**', ['a', 'a/b'], []],
  ['**/*.go', ['a.go', 'x/y/a.go'], ['a.gone', 'go']],
  ['dir/**', ['dir/a', 'dir/a/b'], ['dir', 'dira']],
  ['**/dir', ['dir', 'a/dir', 'a/dir/file', 'dir/file'], ['dirx', 'adir']],
  ['**/dir2/*', ['a/dir2/file', 'dir2/file'], ['dir2']],
  ['abc/**/x', ['abc/x', 'abc/q/r/x'], ['abcx', 'abc']],
  ['a[b-d]e', ['abe', 'ace'], ['aae', 'afe', 'a/e']],
  ['a[^b-d]e', ['aae'], ['abe', 'a/e']],
  ['a\\*b', ['a*b'], ['axb']],
  ['./a/../b//c', ['b/c'], ['a', 'c']],
  ['*.md', ['README.md'], ['docs/README.md']],
  ['.*', ['.git', '.git/config'], ['a.git']],
  ['a.b', ['a.b'], ['axb']],
  ['(x)+{y}$^|', ['(x)+{y}$^|'], ['x']],
  ['é?', ['éx', 'éü'], ['é']],
  ['  spaced  ', ['spaced'], ['  spaced  ']],
  ['#not-a-comment-here', ['#not-a-comment-here'], []],
]

test('a pattern leaves out what .dockerignore says, and all below it', () => {
  for (const [pattern, out, kept] of CASES) {
    for (const path of out) assert.equal(ignores([pattern], path), true, `${pattern} should leave out ${path}`)
    for (const path of kept) assert.equal(ignores([pattern], path), false, `${pattern} should keep ${path}`)
  }
})

test('the last pattern that matches decides, and takes back in by an exclamation mark', () => {
  assert.equal(ignores(['*.md', '!README*.md', 'README-secret.md'], 'README.md'), false)
  assert.equal(ignores(['*.md', '!README*.md', 'README-secret.md'], 'README-secret.md'), true)
  assert.equal(ignores(['*.md', 'README-secret.md', '!README*.md'], 'README-secret.md'), false)
  assert.equal(ignores(['docs', '!docs/keep'], 'docs/keep/x'), false)
  assert.equal(ignores(['docs', '!docs/keep'], 'docs/other'), true)
  assert.equal(ignores(['docs', '! docs/keep '], 'docs/keep'), false)
})

test('an ignore file has comments, empty lines, a byte order mark and either kind of line end', () => {
  assert.deepEqual(ignoreLines('\uFEFF# one\r\n*.log\r\n\r\n  # kept: it does not begin the line\n!a\n'), [
    '*.log',
    '',
    '  # kept: it does not begin the line',
    '!a',
    '',
  ])
})

test('a pattern that is none is refused with its text', () => {
  for (const wrong of ['a[b', '!', 'a\\', '[]a]', 'x[z-a]']) {
    assert.throws(() => new IgnoreRules([wrong]), { code: 'IGNORE_PATTERN_INVALID' }, wrong)
  }
})
