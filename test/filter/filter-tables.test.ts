import { test } from 'node:test'
import { matchesFilter, parseFilter } from '../../src/filter/filter.ts'
import { completeFilter } from '../../src/filter/filter-field.ts'
import { type FilterSubject, isFilterError } from '../../src/filter/filter-term.ts'
import { typedPath } from '../../src/layer/file-path.ts'
import { assertGolden } from '../kit/golden-text.ts'

const NOW = Date.UTC(2024, 5, 15)
const FILE: FilterSubject = {
  ...{ path: typedPath('usr/a'), type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: undefined, size: 0, layer: 0 },
  ...{ change: 'added', links: 1 },
}

/** The candidates that a term keeps, by their names; why it is none where it is none. */
function kept(term: string, candidates: Readonly<Record<string, Partial<FilterSubject>>>): string {
  const filter = parseFilter(term, NOW)
  if (isFilterError(filter)) return `${filter.at}+${filter.length} ${filter.message}`
  return Object.entries(candidates)
    .filter(([, change]) => matchesFilter(filter, { ...FILE, ...change }))
    .map(([name]) => name)
    .join(' ')
}
const named = <Value>(values: readonly Value[], of: (value: Value) => Partial<FilterSubject>) =>
  Object.fromEntries(values.map(value => [String(value), of(value)]))
const words = (text: string) => text.trim().split(/\s+/)

const TABLES: readonly (readonly [terms: readonly string[], candidates: Readonly<Record<string, Partial<FilterSubject>>>])[] = [
  [
    words(
      '>1k >=1k <1k <=1k =1k size:1k size:1k..2k size:1k- size:-1k size:..1k size:1,999 1k >1Ki <2KiB size:1.5k >1x size: size:,1 size:-',
    ),
    named([0, 1, 999, 1000, 1001, 1023, 1024, 1025, 1500, 2000, 2001, 2047, 2048], size => ({ size })),
  ],
  [
    words('size:>1M size:>1G size:>1T size:>1P size:1Mi size:1Gi'),
    named([1e6, 1e6 + 1, 2 ** 20, 2 ** 30, 1e9 + 1, 1e12 + 1, 1e15 + 1], size => ({ size })),
  ],
  [
    words('uid:0 uid:>999 uid:>=999 uid:<1000 uid:<=1000 uid:1-5 uid:1..5,7 uid=0 uid>5 uid:x uid:'),
    named([0, 1, 5, 6, 7, 998, 999, 1000, 1001], uid => ({ uid })),
  ],
  [words('layer:1 layer:2..3 layer:>2 layer:0 layer:1,0'), named([0, 1, 2, 3], layer => ({ layer }))],
  [words('hider:1 hider:>1 hider:0'), { none: {}, 0: { hiddenBy: 0 }, 1: { hiddenBy: 1 }, 2: { hiddenBy: 2 } }],
  [words('links:>1 links:1 gid:5'), { one: {}, two: { links: 2 }, group: { gid: 5 } }],
  [
    words(
      'suid sgid mode:644 mode:0 mode:-644 mode:-0 mode:/022 mode:/0 mode:4755 mode:u+s mode:g+s mode:+s mode:o+w mode:ug+w mode:a+r mode:+x mode:u+rwx mode:o+t mode:+t mode:888 mode:u+q mode:',
    ),
    named(['0', '1', '10', '22', '100', '222', '444', '600', '644', '666', '755', '1777', '2755', '4755', '6755'], text => ({
      mode: Number.parseInt(text, 8),
    })),
  ],
  [
    words(
      'type:file type:directory type:dir type:link type:symlink type:hardlink type:device type:character-device type:block-device type:fifo type:whiteout type:opaque type:d type:fi type:file,fifo type:x type:',
    ),
    named(
      ['file', 'directory', 'symlink', 'hardlink', 'character-device', 'block-device', 'fifo', 'whiteout', 'opaque'] as const,
      type => ({ type }),
    ),
  ],
  [
    words('change:added change:modified change:removed change:unchanged change:+ change:~ change:- change:a,m change:x'),
    named(['added', 'modified', 'removed', 'unchanged'] as const, change => ({ change })),
  ],
  [
    words(
      `mtime:2024 mtime:2024-05 mtime:2024-05-31 mtime:2024-05-31T23:59 mtime:2024-05-31T23:59:59Z mtime:>2024-05 mtime:>=2024-05 mtime:<2024-05 mtime:<=2024-05
      mtime:before:2024-05 mtime:after:2024-05 mtime:since:2024-05 mtime:within:2024-05 mtime:2023..2024-05 mtime:..2024-04 mtime:2024-06.. mtime:7d mtime:<7d mtime:>7d mtime:within:2w
      mtime:before:1mo mtime:>1y mtime:60s mtime:60m mtime:24h mtime:2024-13 mtime:2024-02-30 mtime:2024-05-31T24:00 mtime:2024-05-31T23:60 mtime:x mtime:`,
    ),
    named(
      words(
        '2022-12-31T23:59:59Z 2023-06-15T00:00:00Z 2024-04-30T23:59:59Z 2024-05-01T00:00:00Z 2024-05-31T23:58:59Z 2024-05-31T23:59:00Z 2024-05-31T23:59:59Z 2024-06-01T00:00:00Z 2024-06-08T00:00:00Z 2024-06-14T23:59:00Z 2024-06-14T23:59:01Z 2025-01-01T00:00:00Z',
      ),
      date => ({ mtime: { seconds: Date.parse(date) / 1000, nanoseconds: 0 } }),
    ),
  ],
  [
    [
      ...words(
        'a A usr /usr /a name:a name:A name:*.c *.c usr/* usr/** **/b.c a?c [ab]c {a,b}c /^usr/ /B/ /B/i !usr typ:x libc6:amd64',
      ),
      '"usr/a b"',
      '"usr/a',
    ],
    named(['usr/a', 'usr/A', 'a', 'usr/x/b.c', 'b.C', 'usr/abc', 'ac', 'bc', 'xusr/a', 'usr/a b'], path => ({
      path: typedPath(path),
    })),
  ],
]

test('every field with values on both sides of what it says: those that are kept, or why it is none', () => {
  const text = TABLES.flatMap(([terms, candidates]) => terms.map(term => `${term} → ${kept(term, candidates)}`))
  for (const typed of [
    'ty',
    't',
    'type:',
    'type:d',
    'type:file,h',
    'change:',
    'change:re',
    'a | mo',
    '(la',
    '!si',
    'size:',
    'xy',
  ])
    text.push(`${typed} ⇥ ${completeFilter(typed).join(' · ')}`)
  assertGolden('filters.txt', text.join('\n'))
})
