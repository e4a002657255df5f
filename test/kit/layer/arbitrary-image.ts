import { asByteText } from '../../../src/blob/byte-text.ts'
import type { Xattr } from '../../../src/layer/entry.ts'
import { fc } from '../seeded-check.ts'
import type { EntryFixture } from './changeset-fixture.ts'

/**
 * Random layers over few names, so that everything meets everything: type changes, symlinked parents, hard-link groups
 * across layers, repeated entries, whiteouts and opaque markers in any order, devices, native overlay marks, bookkeeping.
 */
export function arbitraryImage(): fc.Arbitrary<readonly (readonly EntryFixture[])[]> {
  return fc.array(fc.array(entry, { maxLength: 10 }), { minLength: 1, maxLength: 5 })
}

/** Mostly plain letters; now and then names that sort oddly, look like markers or are not UTF-8. */
const name = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constantFrom('-', '..a', ' ', '\xff\xfe', 'x.wh.y', '\n', 'é', '0') },
)
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(names => names.join('/'))
const somePath = fc.oneof({ weight: 20, arbitrary: path }, { weight: 1, arbitrary: path.map(each => `./${each}/../${each}`) })

const target = fc
  .tuple(fc.constantFrom('', '', '/', '../', './', '../../'), path, fc.constantFrom('', '', '', '/..', '/'))
  .map(parts => parts.join(''))

const content = fc.constantFrom('', 'one', 'two', 'three', 'four')

const xattrs: fc.Arbitrary<readonly Xattr[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constant<readonly Xattr[]>([[asByteText('user.a'), Buffer.from([0, 255])]]) },
  {
    weight: 1,
    arbitrary: fc.constant<readonly Xattr[]>([
      [asByteText('user.b'), Buffer.from('b')],
      [asByteText('user.a'), Buffer.from('a')],
    ]),
  },
)
const overlayXattrs = fc.oneof(
  { weight: 12, arbitrary: xattrs },
  { weight: 1, arbitrary: fc.constant<readonly Xattr[]>([[asByteText('trusted.overlay.opaque'), Buffer.from('y')]]) },
)

const attributes = fc.record({
  mode: fc.constantFrom(0o644, 0o644, 0o755, 0o4755, 0),
  uid: fc.constantFrom(0, 0, 0, 1000, 4_294_967_294),
  gid: fc.constantFrom(0, 0, 0, 5),
  mtime: fc.constantFrom(
    { seconds: 1_700_000_000, nanoseconds: 0 },
    { seconds: 1_700_000_000, nanoseconds: 0 },
    { seconds: -5, nanoseconds: 999_999_999 },
  ),
})

const of = <Type extends EntryFixture['type']>(type: Type) => fc.constant(type)

const entry: fc.Arbitrary<EntryFixture> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.record({ type: of('file'), path: somePath, content, xattrs }), attributes).map(merged),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.record({ type: of('directory'), path: somePath, xattrs: overlayXattrs }), attributes).map(merged),
  },
  { weight: 3, arbitrary: fc.tuple(fc.record({ type: of('symlink'), path, target }), attributes).map(merged) },
  { weight: 4, arbitrary: fc.tuple(fc.record({ type: of('hardlink'), path, target: path, xattrs }), attributes).map(merged) },
  { weight: 3, arbitrary: fc.record({ type: of('whiteout'), path }) },
  { weight: 2, arbitrary: fc.record({ type: of('opaque'), path }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: of('character-device'),
      path,
      device: fc.constantFrom<readonly [number, number]>([0, 0], [1, 3], [0, 1]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: of('fifo'), path }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constant<EntryFixture>({ type: 'opaque', path: '' }),
      fc.constant<EntryFixture>({ type: 'directory', path: './', mode: 0o700 }),
      fc.constant<EntryFixture>({ type: 'file', path: '.wh..wh.plnk/1.2', content: 'plnk', bookkeeping: true }),
      path.map<EntryFixture>(each => ({ type: 'hardlink', path: each, target: '.wh..wh.plnk/1.2' })),
      fc.constant<EntryFixture>({ type: 'block-device', path: 'a', device: [8, 1] }),
    ),
  },
)

function merged<A extends object, B extends object>([a, b]: readonly [A, B]): A & B {
  return { ...a, ...b }
}
