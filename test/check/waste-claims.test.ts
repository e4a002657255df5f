import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type WasteClaims, wasteClaimsSteps } from '../../src/check/waste-claims.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { wasteOf } from '../../src/space/waste.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'

const MB = 1_000_000
const file = (path: string, size: number): EntryFixture => ({ type: 'file', path, size, content: path })
const gone = (path: string): EntryFixture => ({ type: 'whiteout', path })

function claimsOf(...layers: readonly (readonly EntryFixture[])[]): WasteClaims {
  const stack = buildStack(
    layers.map(entries => changesetFixture(entries)),
    'overlay',
  )
  return finish(wasteClaimsSteps(stack, wasteOf(stack)))
}

const told = (claims: WasteClaims) =>
  claims.places.map(({ path, layer, visible, hidden, files, hiddenBy, paths }) => ({
    path,
    layer,
    visible,
    hidden,
    files,
    hiddenBy,
    seen: paths.length,
  }))

describe('the bytes of a place', () => {
  const list = (size: number) => file('var/lib/apt/lists/a', size)

  test('are told by the highest directory, a layer each, seen or hidden', () => {
    const claims = claimsOf(
      [list(2 * MB), file('var/lib/apt/lists/b/c', MB)],
      [file('var/lib/apt/lists/d', 3 * MB), gone('var/lib/apt/lists/a')],
    )
    const place = 'var/lib/apt/lists'
    assert.deepEqual(told(claims), [
      { path: place, layer: 0, visible: MB, hidden: 2 * MB, files: 2, hiddenBy: undefined, seen: 1 },
      { path: place, layer: 1, visible: 3 * MB, hidden: 0, files: 1, hiddenBy: undefined, seen: 1 },
    ])
  })

  test('that one layer hides name it; those that two hide, or of which some are seen, name none', () => {
    const both = [list(2 * MB), file('var/lib/apt/lists/b', 2 * MB)]
    const hiders = (...layers: readonly (readonly EntryFixture[])[]) => claimsOf(both, ...layers).places[0]?.hiddenBy
    assert.equal(hiders([gone('var/lib/apt/lists')]), 1)
    assert.equal(hiders([file('x', 1)], [gone('var/lib/apt/lists')]), 2)
    assert.equal(hiders([gone('var/lib/apt/lists/a')], [gone('var/lib/apt/lists/b')]), undefined)
    assert.equal(hiders([gone('var/lib/apt/lists/a')]), undefined)
  })

  test('are claimed once: another rule that asks for them gets none', () => {
    const claims = claimsOf([list(2 * MB), file('app/a', 7)], [gone('var/lib/apt/lists/a'), gone('app/a')])
    const hidden = finish(claims.hiddenSteps())
    assert.equal(hidden.length, 1)
    const [inode = 0] = hidden
    assert.deepEqual(
      [claims.isClaimed(inode), claims.claim(inode), claims.isClaimed(inode), claims.claim(inode)],
      [false, 7, true, 0],
    )
    assert.deepEqual(finish(claims.hiddenSteps()), [])
  })

  test('must be more than a megabyte of a cache, ten of one that is wanted or of records with holes, any of docs and logs', () => {
    const sizes = (path: string, least: number) =>
      [claimsOf([file(path, least)]), claimsOf([file(path, least + 1)])].map(each => each.places.length)
    assert.deepEqual(sizes('var/lib/apt/lists/a', MB), [0, 1])
    assert.deepEqual(sizes('root/.cache/ms-playwright/a', 10 * MB), [0, 1])
    assert.deepEqual(sizes('var/log/lastlog', 10 * MB), [0, 1])
    for (const path of ['usr/share/man/a', 'var/log/a', 'usr/local/go/src/a']) assert.deepEqual(sizes(path, 0), [0, 1])
    assert.deepEqual(told(claimsOf([file('usr/share/doc/x/copyright', 20 * MB)])), [])
  })

  test('of docs, logs and tools are told where they are seen; hidden ones are hidden files like others', () => {
    for (const path of ['usr/share/man/a', 'var/log/a', 'usr/local/go/src/a']) {
      const claims = claimsOf([file(path, MB)], [gone(path)])
      assert.deepEqual(claims.places, [])
      assert.equal(finish(claims.hiddenSteps()).length, 1)
    }
    assert.equal(claimsOf([list(2 * MB)], [gone('var/lib/apt/lists/a')]).places.length, 1)
  })
})

/** Directories by the tool that fills them and the path that a person would empty; `*` is any name, `~` any home. */
const KNOWN: readonly (readonly [tool: string, target: string, places: string])[] = [
  ['apt', '/var/lib/apt/lists', 'var/lib/apt/lists'],
  ['apt', '/var/cache/apt', 'var/cache/apt var/cache/debconf/config.dat-old var/cache/debconf/templates.dat-old'],
  ['apk', '/var/cache/apk', 'var/cache/apk etc/apk/cache'],
  [
    'dnf',
    '/var/cache/dnf',
    'var/cache/dnf var/cache/yum var/cache/libdnf5 var/cache/PackageKit var/lib/dnf/repos var/lib/dnf/yumdb',
  ],
  ['zypper', '/var/cache/zypp', 'var/cache/zypp'],
  ['pacman', '/var/cache/pacman/pkg', 'var/cache/pacman/pkg var/lib/pacman/sync'],
  ['pip', '/root/.cache/pip', '~/.cache/pip'],
  ['poetry', '/root/.cache/pypoetry', '~/.cache/pypoetry'],
  ['uv', '/root/.cache/uv', '~/.cache/uv'],
  ['pipenv', '/root/.cache/pipenv', '~/.cache/pipenv'],
  ['conda', '/opt/conda/pkgs', 'opt/conda/pkgs opt/miniconda3/pkgs opt/miniconda/pkgs root/miniconda3/pkgs root/anaconda3/pkgs'],
  ['npm', '/root/.npm', '~/.npm/_cacache ~/.npm/_logs ~/.npm/_npx'],
  ['yarn', '/usr/local/share/.cache/yarn', 'usr/local/share/.cache/yarn ~/.cache/yarn ~/.yarn/berry/cache'],
  ['pnpm', '/root/.local/share/pnpm/store', '~/.local/share/pnpm/store ~/.pnpm-store'],
  ['bun', '/root/.bun/install/cache', '~/.bun/install/cache'],
  ['node-gyp', '/root/.cache/node-gyp', '~/.cache/node-gyp ~/.node-gyp'],
  ['go', '/root/.cache/go-build', '~/.cache/go-build'],
  ['go', '/go/pkg/mod', 'go/pkg/mod/cache root/go/pkg/mod/cache home/*/go/pkg/mod/cache'],
  ['cargo', '/usr/local/cargo/registry', '~/.cargo/registry ~/.cargo/git usr/local/cargo/registry usr/local/cargo/git'],
  ['gradle', '/root/.gradle/caches', '~/.gradle/caches'],
  ['maven', '/root/.m2', '~/.m2/repository'],
  ['sbt', '/root/.ivy2/cache', '~/.ivy2/cache ~/.cache/coursier ~/.sbt/boot'],
  [
    'gem',
    '/usr/local/bundle/cache',
    'usr/local/bundle/cache ~/.gem/specs usr/lib/ruby/gems/*/cache usr/local/lib/ruby/gems/*/cache var/lib/gems/*/cache',
  ],
  ['composer', '/root/.composer/cache', '~/.composer/cache ~/.cache/composer'],
  ['nuget', '/root/.nuget/packages', '~/.local/share/NuGet ~/.nuget/packages'],
  ['mix', '/root/.hex', '~/.hex/packages ~/.cache/rebar3'],
  ['nix', '/root/.cache/nix', 'root/.cache/nix'],
  ['ccache', '/root/.ccache', '~/.ccache ~/.cache/ccache'],
  ['playwright', '/root/.cache/ms-playwright', '~/.cache/ms-playwright'],
  ['puppeteer', '/root/.cache/puppeteer', '~/.cache/puppeteer'],
  ['huggingface', '/root/.cache/huggingface', '~/.cache/huggingface'],
  [
    'documentation',
    '/usr/share/doc',
    'usr/share/man usr/share/info usr/share/doc usr/share/gtk-doc usr/share/help usr/share/locale usr/local/share/man ' +
      'usr/local/share/info usr/local/share/doc',
  ],
  ['login records', '/var/log/lastlog', 'var/log/lastlog var/log/faillog var/log/tallylog'],
  ['logs', '/var/log', 'var/log'],
  ['rust', '/root/.rustup', '~/.rustup/toolchains usr/local/rustup/toolchains'],
  ['go', '/usr/local/go', 'usr/local/go/pkg/tool usr/local/go/src'],
]

test('every known place is told by its tool and by the path that empties it', () => {
  for (const [tool, target, places] of KNOWN)
    for (const pattern of places.split(' ')) {
      const path = pattern.replace('~', 'srv/any').replace('*', '3.2')
      const [claim] = claimsOf([file(`${path}/x`, 20 * MB)]).places
      assert.deepEqual([claim?.place.tool, claim?.place.target, claim?.path], [tool, target, path])
    }
})

test('what stays in a place when it is emptied is none of it', () => {
  for (const path of [
    'var/lib/apt/lists/lock',
    'var/lib/apt/lists/partial/x',
    'var/lib/apt/lists/auxfiles/x',
    'var/cache/apt/archives/lock',
    'var/cache/apt/archives/partial/x',
    'usr/share/doc/a/copyright',
    'usr/share/doc/a/COPYING',
    'usr/share/doc/a/LICENSE',
    'usr/share/locale/locale.alias',
  ])
    assert.deepEqual(claimsOf([file(path, 20 * MB)]).places, [], path)
})
