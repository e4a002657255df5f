import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseCompress } from '../../../src/cli/run/compress-option.ts'
import type { Context } from '../../../src/cli/run/context.ts'
import { jsonText } from '../../../src/cli/run/json-text.ts'
import { nearestWords } from '../../../src/cli/run/nearest-words.ts'
import { needsAscii } from '../../../src/cli/run/needs-ascii.ts'
import { firstOperand, operandsOf } from '../../../src/cli/run/operands.ts'
import { collected, parseCount, parseLayerNumber, readCommonOptions, readSize } from '../../../src/cli/run/options.ts'
import { createPaint } from '../../../src/cli/run/paint.ts'
import { reportError, withoutPasswords } from '../../../src/cli/run/report.ts'
import { isStream } from '../../../src/cli/run/stream-destination.ts'
import { ImageError } from '../../../src/error.ts'

describe('what is said about an error', () => {
  /** The words on standard error, and on standard output. */
  async function said(thrown: unknown, { json = false, verbose = false } = {}): Promise<readonly [err: string, out: string]> {
    const written = { err: '', out: '' }
    const stream = (name: 'err' | 'out') => ({
      write: async (text: string) => {
        written[name] += text
      },
    })
    const context = { json, error: stream('err'), output: stream('out'), common: () => readCommonOptions({ verbose }) }
    await reportError(thrown, context as unknown as Context)
    return [written.err, written.out]
  }

  test('has a hint on a line of its own, and is an object with --json', async () => {
    const error = new ImageError('NOT_FOUND' as never, 'Cannot read x: it is gone', { hint: 'Look elsewhere.' })
    assert.deepEqual(await said(error), ['peel: Cannot read x: it is gone\nLook elsewhere.\n', ''])
    assert.deepEqual(await said(error, { json: true }), [
      'peel: Cannot read x: it is gone\nLook elsewhere.\n',
      '{"error":{"code":"NOT_FOUND","message":"Cannot read x: it is gone","hint":"Look elsewhere."}}\n',
    ])
    const bare = new ImageError('NOT_FOUND' as never, 'Cannot read x: it is gone')
    assert.deepEqual(await said(bare, { json: true }), [
      'peel: Cannot read x: it is gone\n',
      '{"error":{"code":"NOT_FOUND","message":"Cannot read x: it is gone"}}\n',
    ])
  })

  test('names the system’s errors in words; anything else is a mistake of peel', async () => {
    const codes: Readonly<Record<string, readonly [code: string, words: RegExp]>> = {
      ENOSPC: ['NO_SPACE', /no space is left/],
      EDQUOT: ['NO_SPACE', /disk quota/],
      EFBIG: ['NO_SPACE', /a file would be larger/],
      EIO: ['SYSTEM_ERROR', /the disk failed/],
      EACCES: ['PERMISSION_DENIED', /permission denied/],
      EPERM: ['PERMISSION_DENIED', /is not permitted/],
      EROFS: ['PERMISSION_DENIED', /read-only/],
      EMFILE: ['SYSTEM_ERROR', /too many files/],
      ENOMEM: ['SYSTEM_ERROR', /not enough memory/],
      EXX: ['INTERNAL', /Cannot finish: why\nThis is a mistake in peel/],
    }
    for (const [code, [told, words]] of Object.entries(codes)) {
      const [err, out] = await said(Object.assign(new Error('why'), { code }), { json: true })
      assert.match(err, words)
      assert.equal(JSON.parse(out).error.code, told)
    }
    assert.match((await said('text'))[0], /Cannot finish: text/)
  })

  test('shows where it comes from with --verbose only, and what caused it', async () => {
    const error = new Error('outer', { cause: new Error('inner') })
    assert.doesNotMatch((await said(error))[0], /caused by|typed-words/)
    assert.match((await said(error, { verbose: true }))[0], /Error: outer[\s\S]*\ncaused by Error: inner/)
  })

  test('repeats no password of a login, and no escape sequence', async () => {
    const [err, out] = await said(
      new ImageError('NOT_FOUND' as never, 'Cannot read me:s3cret@h.test/x\u001b[2J: no', { hint: 'Not me:s3cret@h.test.' }),
      { json: true, verbose: true },
    )
    assert.ok(!err.includes('s3cret') && !out.includes('s3cret') && !err.includes('\u001b') && !out.includes('\u001b'))
    assert.match(err, /me:\*\*\*@h\.test/)
    const cases: Readonly<Record<string, string>> = {
      'me:secret@h.test/x': 'me:***@h.test/x',
      'https://me:secret@h.test': 'https://me:***@h.test',
      '"docker://me:se:cret@h.test/x:1"': '"docker://me:***@h.test/x:1"',
      'app:1@sha256:ab': 'app:1@sha256:ab',
      'app:1@sha512:ab': 'app:1@sha512:ab',
      'oci:dir@0': 'oci:dir@0',
      'x:1@2': 'x:1@2',
      'me:secret@2.test': 'me:***@2.test',
      'oci:me@h.test': 'oci:me@h.test',
      'me@h.test': 'me@h.test',
      'a:b c@d': 'a:b c@d',
    }
    for (const [text, shown] of Object.entries(cases)) assert.equal(withoutPasswords(text), shown)
  })
})

test('operands are words that are no options and no values of them', () => {
  const valued = new Set(['--platform'])
  const cases: readonly (readonly [args: string, first: number, all: string])[] = [
    ['', -1, ''],
    ['ls a', 0, 'ls a'],
    ['-q ls a', 1, 'ls a'],
    ['--platform x ls', 2, 'ls'],
    ['--platform=x ls', 1, 'ls'],
    ['- a', 0, '- a'],
    ['-q', -1, ''],
    ['--', -1, ''],
    ['-- ls -q', 1, 'ls -q'],
    ['ls -- --platform a', 0, 'ls --platform a'],
    ['--platform', -1, ''],
  ]
  for (const [text, first, all] of cases) {
    const args = text.split(' ').filter(word => word !== '')
    assert.deepEqual([firstOperand(args, valued), operandsOf(args, valued).join(' ')], [first, all], text)
  }
})

test('numbers, sizes and compressions as they are typed', () => {
  assert.deepEqual([parseCount('1'), parseCount('999999999'), parseLayerNumber('12')], [1, 999_999_999, 12])
  for (const typed of ['0', '01', '1000000000', '-1', '1.5', '', 'x'])
    assert.throws(() => parseCount(typed), /It takes a whole number from 1/)
  assert.throws(() => parseLayerNumber('0'), /Layers are counted from the base, 1 first/)
  assert.deepEqual([readSize('1'), readSize('500M'), readSize('1KiB')], [1, 500_000_000, 1024])
  for (const typed of ['0', 'x', '-1']) assert.throws(() => readSize(typed), /such as 500M or 20G/)
  assert.deepEqual(parseCompress('gzip'), { type: 'compress', compression: 'gzip' })
  assert.deepEqual(parseCompress('zstd:19'), { type: 'compress', compression: 'zstd', level: 19 })
  assert.deepEqual(parseCompress('none'), { type: 'compress', compression: 'none' })
  for (const typed of ['none:1', 'gzip:', 'gzip:123', 'bzip2', ''])
    assert.throws(() => parseCompress(typed), /gzip, zstd or none/)
  assert.deepEqual(collected('b', collected('a')), ['a', 'b'])
})

test('common options are off where they are not given; the cache and the mouse are on', () => {
  const off = {
    platform: undefined,
    semantics: 'overlay',
    cache: true,
    insecure: false,
    authfile: undefined,
    cacert: undefined,
    timeout: undefined,
  }
  const none = { ...off, theme: undefined, ascii: false, mouse: true, color: 'auto', quiet: false, verbose: false }
  assert.deepEqual(readCommonOptions({}), none)
  assert.deepEqual(
    readCommonOptions({
      cache: false,
      mouse: false,
      insecure: true,
      ascii: true,
      quiet: true,
      verbose: true,
      semantics: 'spec',
      color: 'never',
    }),
    {
      ...none,
      ...{
        cache: false,
        mouse: false,
        insecure: true,
        ascii: true,
        quiet: true,
        verbose: true,
        semantics: 'spec',
        color: 'never',
      },
    },
  )
})

test('the image goes to standard output where the destination is a dash', () => {
  for (const typed of ['-', '-:1', 'oci-archive:-', 'docker-archive:-:app:1', 'oci-archive://-'])
    assert.ok(isStream(typed), typed)
  for (const typed of [undefined, '', './-', '-x', 'oci:-', 'dir:-', 'xoci-archive:-']) assert.ok(!isStream(typed), typed)
})

test('ASCII alone for consoles and for locales that are not UTF-8', () => {
  for (const env of [
    { TERM: 'linux' },
    { TERM: 'vt100' },
    { LANG: 'C' },
    { LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' },
    { LC_CTYPE: 'C', LANG: 'C.UTF-8' },
  ])
    assert.ok(needsAscii(env), JSON.stringify(env))
  for (const env of [
    {},
    { TERM: 'xterm' },
    { TERM: 'vt' },
    { LANG: 'C.UTF-8' },
    { LC_ALL: 'C.utf8', LANG: 'C' },
    { TERM: 'linux-x' },
  ])
    assert.ok(!needsAscii(env), JSON.stringify(env))
})

test('colours for a terminal that asked for none of the ways to have none', () => {
  const painted = (when: 'auto' | 'always' | 'never', terminal: boolean, env: NodeJS.ProcessEnv = {}) =>
    createPaint(when, terminal, env)('red', 'x')
  assert.equal(painted('auto', true), '\u001b[31mx\u001b[39m')
  assert.equal(painted('always', false, { NO_COLOR: '1' }), '\u001b[31mx\u001b[39m')
  for (const plain of [
    painted('never', true),
    painted('auto', false),
    painted('auto', true, { NO_COLOR: '1' }),
    painted('auto', true, { TERM: 'dumb' }),
  ])
    assert.equal(plain, 'x')
  assert.equal(painted('auto', true, { NO_COLOR: '' }), '\u001b[31mx\u001b[39m')
  const codes = {
    bold: [1, 22],
    dim: [2, 22],
    red: [31, 39],
    green: [32, 39],
    yellow: [33, 39],
    blue: [34, 39],
    cyan: [36, 39],
  } as const
  const paint = createPaint('always', false, {})
  for (const [style, [on, end]] of Object.entries(codes)) assert.equal(paint(style as never, 'x'), `\u001b[${on}mx\u001b[${end}m`)
})

test('the nearest names, three at most; JSON has no character that a terminal acts on', () => {
  assert.deepEqual(nearestWords('SQUAHS', ['copy', 'squash', 'squads'], 2), ['squash', 'squads'])
  assert.deepEqual(nearestWords('ab', ['a', 'b', 'abc', 'abd', 'xyz'], 1), ['a', 'b', 'abc'])
  assert.deepEqual(nearestWords('ab', ['abcd'], 1), [])
  assert.equal(jsonText({ a: 'x\u009b\u202e' }), '{"a":"x\\u009b\\u202e"}')
  assert.equal(jsonText({ a: 1 }, 2), '{\n  "a": 1\n}')
})
