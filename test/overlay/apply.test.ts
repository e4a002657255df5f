import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { StackBuilder } from '../../src/overlay/apply.ts'
import type { Semantics, Snapshot } from '../../src/overlay/tree.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { layerOf, stackOf } from '../kit/layer/layer-words.ts'

/** Every row of semantics.md's tables, as layers in words and the tree each semantics shows. */
const rows: readonly (readonly [row: string, layers: readonly string[], spec: string, overlay: string])[] = [
  ['opaque first', ['a/ a/old=1 keep=1', 'a/ opaque:a a/new=2'], 'a/ a/new=2 keep=1', 'a/ a/new=2 keep=1'],
  ['opaque last', ['a/ a/old=1 keep=1', 'a/ a/new=2 opaque:a'], 'a/ a/new=2 keep=1', 'a/ a/new=2 keep=1'],
  ['opaque of the root', ['a=1', 'opaque: b=2'], 'b=2', 'a=1 b=2'],
  [
    'a parent without an entry in an opaque directory',
    ['a/ a/b/:0700 a/b/o=1', 'a/b/n=2 opaque:a'],
    'a/ a/b~ a/b/n=2',
    'a/ a/b/:0700 a/b/n=2',
  ],
  ['whiteout, then the file', ['f=1', 'wh:f f=2'], 'f=2', 'f=2'],
  ['the file, then its whiteout', ['f=1', 'f=2 wh:f'], 'f=2', 'f=2'],
  ['the directory, then its whiteout', ['d/ d/old=1', 'd/ d/new=2 wh:d'], 'd/ d/new=2', 'd/ d/new=2'],
  ['whiteout, then the directory', ['d/ d/old=1', 'wh:d d/ d/new=2'], 'd/ d/new=2', 'd/ d/new=2 d/old=1'],
  ['whiteout, then an implied directory', ['d/:0700 d/old=1', 'wh:d d/new=2'], 'd~ d/new=2', 'd~ d/new=2'],
  ['whiteout through a symlink', ['u/ u/x=1 u/z=2 bin@u', 'wh:bin/x'], 'bin@u u/ u/z=2', 'bin~ u/ u/x=1 u/z=2'],
  ['opaque through a symlink', ['u/ u/x=1 bin@u', 'opaque:bin bin/y=2'], 'bin@u u/ u/y=2', 'bin~ bin/y=2 u/ u/x=1'],
  [
    'file through a symlink',
    ['usr/bin/ bin@usr/bin', 'bin/foo=1'],
    'bin@usr/bin usr~ usr/bin/ usr/bin/foo=1',
    'bin~ bin/foo=1 usr~ usr/bin/',
  ],
  ['directory over a symlink to one', ['u/ u/x=1 bin@u', 'bin/ bin/y=2'], 'bin/ bin/y=2 u/ u/x=1', 'bin/ bin/y=2 u/ u/x=1'],
  ['below a file', ['p=1', 'p/c=2'], 'p~ p/c=2', 'p~ p/c=2'],
  ['parents without entries keep what is there', ['d/:0700', 'd/x=1'], 'd/:0700 d/x=1', 'd/:0700 d/x=1'],
  ['parents without entries, new', ['a/b/c=1'], 'a~ a/b~ a/b/c=1', 'a~ a/b~ a/b/c=1'],
  ['hard link to a lower layer', ['a=1', 'b&a'], 'a=1#b b=1#a', 'a=1#b b=1#a'],
  ['link target replaced above', ['a=1 b&a', 'a=2'], 'a=2 b=1', 'a=2 b=1'],
  ['link target removed above', ['a=1 b&a', 'wh:a'], 'b=1', 'b=1'],
  ['link before its target', ['b&a a=1'], 'a=1#b b=1#a', 'a=1#b b=1#a'],
  ['link to nothing', ['b&a'], '', ''],
  ['same path twice', ['f=1 f=2'], 'f=2', 'f=2'],
  ['link entry with another mode', ['a=1 b&a:0755'], 'a=1#b b=1#a', 'a=1:0755#b b=1:0755#a'],
  ['root entry', ['.:0700 a=1'], '/:0700 a=1', 'a=1'],
  ['0:0 device and overlay xattr', ['x=1 o/ o/z=1', 'x%0,0 o/!'], 'o/! o/z=1 x%0,0', 'o/'],
  ['whiteout of something missing', ['x=1', 'wh:nope wh:no/such'], 'x=1', 'no~ x=1'],
  ['opaque of something missing', ['x=1', 'opaque:no'], 'x=1', 'no~ x=1'],
  ['whiteout below a file', ['x=1', 'wh:x/y'], 'x=1', 'x~'],
  ['whiteouts below a whiteout', ['d/ d/e/ d/e/x=1', 'wh:d wh:d/e wh:d/e/x'], '', ''],
  ['symlink in a circle', ['x@x', 'x/foo=1'], 'x@x', 'x~ x/foo=1'],
  ['symlink out of the root', ['etc/ x@../../../etc', 'x/foo=1'], 'etc/ etc/foo=1 x@../../../etc', 'etc/ x~ x/foo=1'],
  ['chain of symlinks', ['c/ b@c a@/b', 'a/foo=1'], 'a@/b b@c c/ c/foo=1', 'a~ a/foo=1 b@c c/'],
  ['symlink to nothing', ['a@b', 'a/x=1'], 'a@b b~ b/x=1', 'a~ a/x=1'],
  ['symlink of the same layer', ['r/ s@r s/a=1'], 'r/ r/a=1 s@r', 'r/ r/a=1 s@r'],
  ['hard link to a symlink', ['t=1 s@t h&s'], 'h@t#s s@t#h t=1', 'h@t#s s@t#h t=1'],
  ['file over a directory', ['d/ d/x=1', 'd=2'], 'd=2', 'd=2'],
  ['file, then directory, in one tar', ['d/ d/x=1', 'd=2 d/ d/y=3'], 'd/ d/y=3', 'd/ d/x=1 d/y=3'],
]

describe('the rows of semantics.md', () => {
  for (const [row, layers, spec, overlay] of rows) {
    test(`${row}: spec`, () => assert.equal(words(stackOf('spec', layers).snapshot(layers.length)), spec))
    test(`${row}: overlay`, () => assert.equal(words(stackOf('overlay', layers).snapshot(layers.length)), overlay))
  }

  test('layers whose trees differ are known to, by either semantics', () => {
    for (const [row, layers, spec, overlay] of rows) {
      const known = (['spec', 'overlay'] as const).map(semantics => stackOf(semantics, layers).disputed)
      if (spec !== overlay) assert.deepEqual(known, [true, true], row)
    }
    for (const layers of [
      ['a/ a/b=1', 'a/b=2 wh:a/c'],
      ['a=1 b&a', 'a=2'],
    ])
      for (const semantics of ['spec', 'overlay'] as const)
        assert.equal(stackOf(semantics, layers).disputed, false, layers.join())
  })

  test('what overlay runtimes refuse is said', () => {
    const codes = (layers: readonly string[]) =>
      stackOf('overlay', layers).diagnostics.map(each => [each.code, each.layer, each.path])
    assert.deepEqual(codes(['a=1', 'b&a']), [['HARDLINK_TO_LOWER_LAYER', 1, '/b']])
    assert.deepEqual(codes(['f=1 wh:f']), [['WHITEOUT_OF_OWN_ENTRY', 0, '/f']])
    assert.deepEqual(codes(['wh:d d/x=1']), [['ENTRY_BELOW_WHITEOUT', 0, '/d']])
    assert.deepEqual(codes(['d=1 d/x=1']), [['ENTRY_BELOW_FILE', 0, '/d']])
    // Seen at docker 28 and podman 4.3: the second says "open /p/c: no such file or directory" while it unpacks.
    assert.deepEqual(codes(['d/', 'p@d p/c=1 p/e=1']), [['ENTRY_BELOW_DANGLING_LINK', 1, '/p/c']])
    for (const taken of [['p@d d/ p/c=1'], ['d/x=1 p@d p/c=1'], ['p@d', 'p/c=1'], ['p@/ p/c=1'], ['p@d wh:p/c']])
      assert.deepEqual(codes(taken), [], taken.join())
    assert.deepEqual(codes(['b&a a=1']), [['HARDLINK_BEFORE_TARGET', 0, '/b']])
    assert.deepEqual(codes(['opaque:']), [['ROOT_OPAQUE_IGNORED', 0, '/']])
    assert.deepEqual(codes(['x%0,0 o/!']), [
      ['OVERLAY_NATIVE_WHITEOUT', 0, '/x'],
      ['OVERLAY_NATIVE_OPAQUE', 0, '/o'],
    ])
  })

  test('255 symlinks are followed, 256 are not', () => {
    const chain = (length: number) => `${Array.from({ length }, (_, index) => `l${index}@l${index + 1}`).join(' ')} l${length}/`
    assert.equal(
      stackOf('spec', [chain(255), 'l0/x=1'])
        .snapshot(2)
        .find('l255/x' as FilePath)?.type,
      'file',
    )
    const refused = stackOf('spec', [chain(256), 'l0/x=1'])
    assert.equal(refused.snapshot(2).count, 257)
    assert.deepEqual(
      refused.diagnostics.map(each => each.code),
      ['SYMLINK_LOOP'],
    )
  })

  test('aufs bookkeeping is hidden, links into it are resolved', () => {
    for (const semantics of ['spec', 'overlay'] as const) {
      const builder = new StackBuilder(semantics)
      builder.append(
        changesetFixture([
          { type: 'file', path: '.wh..wh.aufs', bookkeeping: true },
          { type: 'directory', path: '.wh..wh.plnk', bookkeeping: true },
          { type: 'file', path: '.wh..wh.plnk/9.1', content: 'text', bookkeeping: true },
          { type: 'hardlink', path: 'p', target: '.wh..wh.plnk/9.1' },
        ]),
      )
      assert.equal(words(builder.stack().snapshot(1)), 'p=text')
    }
  })
})

describe('snapshots', () => {
  test('stay as they are while layers are added', () => {
    for (const semantics of ['spec', 'overlay'] as const) {
      const builder = new StackBuilder(semantics)
      const layers = ['a/ a/b=1 c&a/b', 'a/b=2 d=3', 'wh:a c=4', 'a/ a/b=5 wh:c']
      const seen: string[] = []
      for (const layer of layers) {
        builder.append(layerOf(layer))
        const stack = builder.stack()
        seen.push(words(stack.snapshot(stack.changesets.length)))
        for (const [index, before] of seen.entries()) assert.equal(words(stack.snapshot(index + 1)), before)
        assert.equal(words(stack.snapshot(0)), '')
      }
      assert.deepEqual(seen, ['a/ a/b=1#c c=1#a/b', 'a/ a/b=2 c=1 d=3', 'c=4 d=3', 'a/ a/b=5 d=3'])
    }
  })

  test('say who wrote and removed a path', () => {
    const events = (semantics: Semantics, layers: readonly string[], path: string) =>
      stackOf(semantics, layers)
        .provenance(path as FilePath)
        .map(event => `${event.kind} ${event.layer}.${event.entry}`)
    assert.deepEqual(events('overlay', ['a/ a/f=1', 'a/f=2', 'x=1 wh:a', 'a/f=3', 'opaque:a'], 'a/f'), [
      'written 0.1',
      'written 1.0',
      'removed 2.1',
      'written 3.0',
      'opaque 4.0',
    ])
    assert.deepEqual(events('spec', ['a/f=1', 'a=1'], 'a/f'), ['written 0.0', 'removed 1.undefined'])
    assert.deepEqual(events('spec', ['a/f=1'], 'a'), ['implied 0.undefined'])
    assert.deepEqual(events('spec', ['f=1 f=2'], 'f'), ['written 0.0', 'written 0.1'])
    assert.deepEqual(events('spec', ['f=1'], 'nowhere'), [])
  })
})

/** A tree in the words of `layerOf`: `~` a directory without an entry, `#` the other names of the inode. */
function words(snapshot: Snapshot): string {
  const root = snapshot.root.entry === undefined ? [] : [`/:${snapshot.root.mode.toString(8).padStart(4, '0')}`]
  const nodes = [...snapshot.walk()].map(node => {
    const plain = node.type === 'directory' ? 0o755 : 0o644
    const mode = node.mode === plain || node.type === 'symlink' ? '' : `:${node.mode.toString(8).padStart(4, '0')}`
    const others = snapshot.names(node).filter(name => name !== node.path)
    assert.equal(node.links, others.length + 1)
    const kind =
      node.entry === undefined ? '~' : node.type === 'directory' ? '/' : node.type === 'symlink' ? `@${node.target}` : ''
    const device = node.device === undefined ? '' : `%${node.device.join(',')}`
    const content = node.content && node.type === 'file' ? `=${CONTENTS.get(node.sha256 ?? '')}` : ''
    const opaque = node.xattrs.length > 0 ? '!' : ''
    return `${node.path}${kind}${device}${content}${mode}${opaque}${others.map(name => `#${name}`).join('')}`
  })
  assert.equal(snapshot.count, nodes.length)
  return [...root, ...nodes].join(' ')
}

const CONTENTS = new Map(
  ['1', '2', '3', '4', '5', 'text'].map(content => [createHash('sha256').update(content).digest('hex'), content]),
)
