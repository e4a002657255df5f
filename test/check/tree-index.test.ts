import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { treeIndexSteps } from '../../src/check/tree-index.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'

function indexOf(...layers: readonly (readonly EntryFixture[])[]) {
  const stack = buildStack(
    layers.map(entries => changesetFixture(entries)),
    'overlay',
  )
  const { named, setId, worldWritable, capable, programs, hasProgram } = finish(treeIndexSteps(stack))
  const paths = (ids: readonly number[]) => ids.map(id => stack.snapshot(layers.length).node(id)?.path as string).sort()
  return {
    named: Object.fromEntries(Object.entries(named).map(([kind, ids]) => [kind, paths(ids)])),
    ...{ setId: paths(setId), worldWritable: paths(worldWritable), capable: paths(capable), programs, hasProgram },
  }
}
const file = (path: string, mode = 0o644, more: Partial<EntryFixture> = {}): EntryFixture => ({
  type: 'file',
  path,
  mode,
  ...more,
})

/** Names by kind, as the rules tell of them (defects.md), and names that are like them and nothing. */
const NAMES: Readonly<Record<string, string>> = {
  git: '.git',
  dotenv: '.env .env.local .env.',
  editor:
    '.DS_Store .idea .vscode Thumbs.db Dockerfile .dockerignore .github .gitlab-ci.yml docker-compose.yml docker-compose.yaml compose.yml compose.yaml .vimrc x.swp',
  dump: 'core core.1 core.x heapdump heapdump.1 x.hprof',
  archive: 'x.gz x.tgz x.xz x.bz2 x.zst x.zip x.whl x.deb x.rpm x.original',
  bytecode: 'x.pyc',
  tests: 'tests test __tests__ spec docs doc',
  miner: 'xmrig xmr-stak minerd cpuminer ccminer ethminer t-rex lolMiner nbminer kinsing kdevtmpfsi',
  'pip-origin': 'direct_url.json',
  dots: '... ....',
}
const OTHERS = [
  'x.git',
  '.environment',
  '.envx',
  'Core',
  'score',
  'xcore.1',
  'testing',
  'x',
  'gz.x',
  'x.pycx',
  'x.gzip',
  '.x',
  'heap',
  'dump',
]

describe('names that rules look for', () => {
  test('each is of its kind by the name alone, wherever it lies', () => {
    const names = Object.values(NAMES).flatMap(text => text.split(' '))
    const expected = Object.fromEntries(
      Object.entries(NAMES).map(([kind, text]) => [
        kind,
        text
          .split(' ')
          .map(name => `d/${name}`)
          .sort(),
      ]),
    )
    assert.deepEqual(indexOf([...names, ...OTHERS].map(name => file(`d/${name}`))).named, expected)
    assert.deepEqual(indexOf([file('a/. '), file('a/ ')]).named['dots'], ['a/ ', 'a/. '])
  })

  test('hidden ones are not told of', () => {
    assert.deepEqual(indexOf([file('a/.git')], [{ type: 'whiteout', path: 'a/.git' }]).named['git'], [])
  })
})

describe('modes that rules look for', () => {
  test('programs, set-id programs, what every user may write', () => {
    const index = indexOf([
      file('opt/run', 0o755),
      file('opt/suid', 0o4711),
      file('opt/sgid', 0o2010),
      file('opt/no-execute', 0o6644),
      file('opt/open', 0o646),
      { type: 'directory', path: 'opt/d', mode: 0o1777 },
      { type: 'symlink', path: 'opt/link', target: 'run', mode: 0o777 },
      { type: 'character-device', path: 'opt/device', device: [1, 3], mode: 0o666 },
      file('opt/closed', 0o664),
    ])
    assert.deepEqual(
      [index.setId, index.worldWritable, index.programs, index.hasProgram],
      [['opt/sgid', 'opt/suid'], ['opt/d', 'opt/open'], 3, true],
    )
  })

  test('capabilities are of the layer that shows the file', () => {
    const xattrs = [['security.capability' as never, Buffer.from('x')]] as const
    const other = [['user.x' as never, Buffer.from('x')]] as const
    const first = [
      file('a', 0o755, { xattrs }),
      file('b', 0o755, { xattrs: other }),
      file('c', 0o755),
      file('d', 0o644, { xattrs }),
    ]
    assert.deepEqual(indexOf(first).capable, ['a'])
    assert.deepEqual(indexOf(first, [file('a', 0o755), file('c', 0o755, { xattrs })]).capable, ['c'])
  })

  test('libraries are executable by custom: an image of them alone has no program', () => {
    const libraries = [
      'lib/a',
      'lib64/a',
      'usr/lib/a',
      'usr/lib32/a',
      'usr/libx32/a',
      'usr/local/lib/a',
      'opt/x.so',
      'opt/x.so.1.2',
    ]
    assert.deepEqual(indexOf(libraries.map(path => file(path, 0o755))).hasProgram, false)
    for (const path of ['usr/bin/a', 'library/a', 'usr/local/lib64/a', 'opt/lib/a', 'opt/x.sox', 'opt/x.so.a'])
      assert.equal(indexOf([file(path, 0o755)]).hasProgram, true, path)
    assert.equal(indexOf([file('usr/bin/a', 0o644)]).hasProgram, false)
  })
})
