import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_OWNERSHIP } from '../../../src/check/ownership.ts'
import type { Layers } from '../../../src/check/rule.ts'
import { oddPrograms } from '../../../src/check/rules/odd-programs.ts'
import { treeIndexSteps } from '../../../src/check/tree-index.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { finish } from '../../../src/overlay/steps.ts'
import { changesetFixture } from '../../kit/layer/changeset-fixture.ts'

/** The odd programs of an image with these files, all executable but for those that end in `-`; directories above them are there. */
function oddOf(...paths: readonly string[]): readonly string[] {
  const files = paths.map(path => ({ type: 'file' as const, path, content: path, mode: path.endsWith('-') ? 0o644 : 0o755 }))
  const stack = buildStack([changesetFixture(files)], 'overlay')
  const layers = { stack, snapshot: stack.snapshot(1), index: finish(treeIndexSteps(stack)), ownership: NO_OWNERSHIP }
  return finish(oddPrograms(layers as unknown as Layers))
    .map(({ path }) => path as string)
    .sort()
}

test('programs in places for data are odd, however deep they lie', () => {
  const places = ['tmp', 'var/tmp', 'dev/shm', 'run', 'var/run', 'dev']
  for (const place of places) {
    const paths = [`${place}/a`, `${place}/d/e/f/b`, `${place}/d/c`]
    assert.deepEqual(oddOf(...paths, `${place}/data-`), paths.toSorted())
  }
  assert.deepEqual(oddOf('opt/a', 'temp/a', 'var/a', 'usr/tmp/a'), [])
})

test('programs in hidden directories are odd where programs and data of the system lie', () => {
  for (const parent of [
    'usr/share/',
    'usr/lib/',
    'usr/bin/',
    'usr/local/share/',
    'usr/local/bin/',
    'var/lib/',
    'var/',
    'usr/',
    'etc/',
    '',
  ]) {
    assert.deepEqual(oddOf(`${parent}.x/d/a`, `${parent}.x/b`, `${parent}x/c`), [`${parent}.x/b`, `${parent}.x/d/a`])
    // Of developers, of docker and of the X server.
    const known = ['local', 'cargo', 'rustup', 'nvm', 'npm', 'npm-global', 'cache', 'config', 'venv', 'venv3', 'git', 'build-id']
    for (const name of [...known, 'X11-unix', 'ICE-unix', 'font-unix']) assert.deepEqual(oddOf(`${parent}.${name}/a`), [], name)
  }
  assert.deepEqual(oddOf('opt/.x/a'), [])
  for (const name of ['localx', 'xlocal', 'gitx', 'cachex']) assert.deepEqual(oddOf(`usr/.${name}/a`), [`usr/.${name}/a`])
})

test('a name of dots and blanks is odd wherever it lies, as a program and as a directory of programs', () => {
  assert.deepEqual(oddOf('opt/...', 'srv/.. /d/a', 'srv/...-'), ['opt/...', 'srv/.. /d/a'])
})
