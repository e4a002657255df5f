import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Filter, matchesFilter, narrows, parseFilter } from '../../../src/filter/filter.ts'
import { type FilterSubject, isFilterError } from '../../../src/filter/filter-term.ts'
import { typedPath } from '../../../src/layer/file-path.ts'
import { fc } from '../../kit/seeded-check.ts'

const NOW = Date.UTC(2024, 5, 15)

const FILE: FilterSubject = {
  path: typedPath('usr/lib/libFoo.so.1'),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: Date.UTC(2024, 4, 1, 12) / 1000, nanoseconds: 0 },
  size: 12_000_000,
  layer: 2,
  change: 'added',
  links: 1,
}

function filterOf(text: string): Filter {
  const filter = parseFilter(text, NOW)
  assert.ok(!isFilterError(filter), `${text}: ${isFilterError(filter) ? filter.message : ''}`)
  return filter
}

const keeps = (text: string, changes: Partial<FilterSubject> & { at?: string } = {}) => {
  const { at, ...rest } = changes
  return matchesFilter(filterOf(text), { ...FILE, ...rest, ...(at !== undefined && { path: typedPath(at) }) })
}

function wrong(text: string) {
  const error = parseFilter(text, NOW)
  assert.ok(isFilterError(error), `"${text}" should be refused`)
  return error
}

describe('filter: text', () => {
  test('a word is a piece of the path, case-insensitive until a capital is typed', () => {
    assert.ok(keeps('libfoo'))
    assert.ok(keeps('libFoo'))
    assert.ok(!keeps('LibFoo'))
    assert.ok(keeps('usr/lib'))
    assert.ok(keeps('/usr'))
    assert.ok(!keeps('/lib'))
    assert.ok(keeps('ÄRGER', { at: 'ÄRGER' }))
    assert.ok(keeps('ärger', { at: 'ÄRGER' }))
    assert.ok(!keeps('ÄRGER', { at: 'ärger' }))
  })

  test('several terms must all hold, a bar means or, an exclamation mark not', () => {
    assert.ok(keeps('usr foo'))
    assert.ok(!keeps('usr bar'))
    assert.ok(keeps('bar | foo'))
    assert.ok(keeps('usr !bar'))
    assert.ok(!keeps('usr !foo'))
    assert.ok(keeps('  '))
    assert.ok(keeps('"a b"', { at: 'x/a b' }))
    assert.ok(keeps('"type:link"', { at: 'x/type:link' }))
    assert.ok(keeps('libc6:amd64', { at: 'info/libc6:amd64.list' }))
  })

  test('globs are held against the name, with a slash against the path', () => {
    assert.ok(keeps('*.so.*'))
    assert.ok(keeps('libfoo*'))
    assert.ok(!keeps('LIBFOO*'))
    assert.ok(!keeps('*.so'))
    assert.ok(keeps('usr/**'))
    assert.ok(keeps('/usr/*/*.so.?'))
    assert.ok(!keeps('usr/*'))
    assert.ok(keeps('.*', { at: 'home/.bashrc' }))
    assert.ok(keeps('{a,lib}Foo*'))
    assert.ok(keeps('name:lib'))
    assert.ok(!keeps('name:usr'))
    assert.ok(keeps('name:*.1'))
  })

  test('regular expressions stand between slashes', () => {
    assert.ok(keeps('/lib[A-Z]oo/'))
    assert.ok(!keeps('/LIB/'))
    assert.ok(keeps('/LIB/i'))
    assert.ok(keeps('/^usr/ >1M'))
    assert.ok(keeps('!/^etc/'))
    assert.ok(keeps('/a b$/', { at: 'x/a b' }))
  })
})

describe('filter: fields', () => {
  test('size', () => {
    assert.ok(keeps('>10M'))
    assert.ok(keeps('>=12MB'))
    assert.ok(keeps('<12MiB'))
    assert.ok(!keeps('>12M'))
    assert.ok(!keeps('<1k'))
    assert.ok(keeps('size:1M..20M'))
    assert.ok(keeps('size:12000000'))
    assert.ok(!keeps('<1k', { type: 'directory', size: 0 }))
  })

  test('type', () => {
    assert.ok(keeps('type:file'))
    assert.ok(keeps('type:link', { type: 'symlink' }))
    assert.ok(keeps('type:dir', { type: 'directory' }))
    assert.ok(keeps('type:device', { type: 'block-device' }))
    assert.ok(keeps('type:fifo,link', { type: 'fifo' }))
    assert.ok(keeps('type:hardlink', { type: 'hardlink' }))
    assert.ok(keeps('type:hardlink', { links: 2 }))
    assert.ok(!keeps('type:hardlink'))
  })

  test('layer, change, owner, bits', () => {
    assert.ok(keeps('layer:3'))
    assert.ok(keeps('layer:2..4'))
    assert.ok(keeps('layer:1,3'))
    assert.ok(!keeps('layer:>3'))
    assert.ok(keeps('change:added'))
    assert.ok(keeps('change:+'))
    assert.ok(keeps('change:rem', { change: 'removed' }))
    assert.ok(keeps('uid:0 gid:0'))
    assert.ok(keeps('uid:>999', { uid: 1000 }))
    assert.ok(keeps('suid', { mode: 0o4755 }))
    assert.ok(!keeps('suid'))
    assert.ok(keeps('sgid', { mode: 0o2755 }))
    assert.ok(keeps('mode:644'))
    assert.ok(keeps('mode:0644'))
    assert.ok(keeps('mode:-600'))
    assert.ok(!keeps('mode:/022'))
    assert.ok(keeps('mode:o+w', { mode: 0o666 }))
    assert.ok(keeps('mode:+x', { mode: 0o100 }))
    assert.ok(!keeps('mode:a+x', { mode: 0o100 }))
  })

  test('mtime', () => {
    assert.ok(keeps('mtime:2024'))
    assert.ok(keeps('mtime:2024-05'))
    assert.ok(keeps('mtime:2024-05-01'))
    assert.ok(keeps('mtime:2024-05-01T12:00'))
    assert.ok(!keeps('mtime:2024-05-02'))
    assert.ok(keeps('mtime:>2024-04-30'))
    assert.ok(!keeps('mtime:>2024-05-01'))
    assert.ok(keeps('mtime:before:2024-06'))
    assert.ok(keeps('mtime:after:2023'))
    assert.ok(keeps('mtime:2023..2024'))
    assert.ok(keeps('mtime:within:60d'))
    assert.ok(keeps('mtime:<60d'))
    assert.ok(!keeps('mtime:<7d'))
    assert.ok(keeps('mtime:>7d'))
    assert.ok(!keeps('mtime:2024', { mtime: undefined }))
  })
})

describe('filter: mistakes', () => {
  test('say what is wrong and where', () => {
    assert.deepEqual({ ...wrong('usr typ:link'), message: '' }, { message: '', at: 4, length: 8 })
    assert.match(wrong('typ:link').message, /no field "typ"/)
    assert.match(wrong('/[/').message, /missing closing/)
    assert.match(wrong('>10Q').message, /"10Q" is not a size|is not a size/)
    assert.match(wrong('>').message, /size/)
    assert.match(wrong('layer:0').message, /counted from 1/)
    assert.match(wrong('type:').message, /needs a value/)
    assert.match(wrong('type:f').message, /could be file or fifo/)
    assert.match(wrong('mtime:2024-13').message, /not a time/)
    assert.match(wrong('mode:9').message, /not a mode/)
    assert.match(wrong('!').message, /Nothing follows/)
    assert.match(wrong('size>>').message, /">>" is not a size/)
    assert.match(wrong('uid=').message, /needs a value/)
  })

  test('no text ever throws, and places lie inside it', () => {
    const piece = fc.constantFrom(
      'type:',
      '!',
      '/',
      '"',
      '|',
      '>',
      '10M',
      '*',
      '[',
      '(',
      'mtime:',
      'layer:',
      'a',
      ' ',
      '..',
      '-',
      '{',
      '\\',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map(pieces => pieces.join('')),
        ),
        text => {
          const parsed = parseFilter(text, NOW)
          if (!isFilterError(parsed)) return void matchesFilter(parsed, FILE)
          assert.ok(parsed.at >= 0 && parsed.at + parsed.length <= text.length, text)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('filter: narrowing', () => {
  test('what a narrower filter keeps, the wider one kept', () => {
    const word = fc
      .array(fc.constantFrom('a', 'B', 'b', 'é', 'É', '/', 'x'), { minLength: 1, maxLength: 3 })
      .map(all => all.join(''))
    const term = fc.oneof(
      word,
      word.map(text => `!${text}`),
      fc.constantFrom('>5', 'layer:1', 'a*'),
    )
    const expression = fc.array(term, { maxLength: 2 }).map(terms => terms.join(' '))
    const path = fc
      .array(fc.constantFrom('a', 'B', 'b', 'é', 'É', '/', 'x'), { maxLength: 6 })
      .map(all => typedPath(all.join('')))
    fc.assert(
      fc.property(expression, fc.oneof(expression, word), path, fc.nat(10), (before, more, at, size) => {
        for (const text of [`${before}${more}`, `${before} ${more}`, more]) {
          const [wide, narrow] = [parseFilter(before, NOW), parseFilter(text, NOW)]
          if (isFilterError(wide) || isFilterError(narrow) || !narrows(wide, narrow)) continue
          const candidate = { ...FILE, path: at, size, layer: 0 }
          assert.ok(!matchesFilter(narrow, candidate) || matchesFilter(wide, candidate), `${text} after ${before} on ${at}`)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('a word that grows narrows, one that shrinks or is negated does not', () => {
    assert.ok(narrows(filterOf('no'), filterOf('node')))
    assert.ok(narrows(filterOf('no'), filterOf('nodE')))
    assert.ok(narrows(filterOf('usr'), filterOf('usr >1M')))
    assert.ok(!narrows(filterOf('node'), filterOf('no')))
    assert.ok(!narrows(filterOf('!no'), filterOf('!node')))
    assert.ok(!narrows(filterOf('nodE'), filterOf('node')))
    assert.ok(!narrows(filterOf('a | b'), filterOf('a | b c')))
  })
})
