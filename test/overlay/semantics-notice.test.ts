import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildStack } from '../../src/overlay/apply.ts'
import { semanticsNotice } from '../../src/overlay/disagreement.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'

test('paths that the semantics show differently are counted, and the first three are named', () => {
  const notice = (files: number) => {
    // Runtimes replace a link by the directory above it, the specification writes through it.
    const layers = [
      changesetFixture([
        { path: 'real', type: 'directory' },
        { path: 'link', type: 'symlink', target: 'real' },
      ]),
      changesetFixture(Array.from({ length: files }, (_, index) => ({ path: `link/f${index}`, type: 'file' as const, size: 1 }))),
    ]
    return semanticsNotice(buildStack(layers, 'overlay'))?.message ?? ''
  }
  assert.equal(notice(0), '')
  for (const files of [1, 5]) {
    const [, count = '', paths = ''] =
      /show (\d+) paths differently: (.*) \(--semantics spec shows the other view\)$/.exec(notice(files)) ?? []
    // The link itself, and each file under both of its paths.
    assert.equal(Number(count), 1 + 2 * files)
    const named = paths.replace(/, …$/, '').split(', ')
    assert.deepEqual([named.length, new Set(named).size], [3, 3])
    assert.equal(paths.endsWith(', …'), files > 1)
  }
})
