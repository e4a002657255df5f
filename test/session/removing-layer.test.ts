import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedPath } from '../../src/layer/file-path.ts'
import { removingLayer } from '../../src/session/removing-layer.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'

test('the layer that removes a path is its whiteout’s or a directory’s above it, the topmost of those read', () => {
  const whiteouts = (...paths: string[]) => ({ changeset: changesetFixture(paths.map(path => ({ type: 'whiteout', path }))) })
  const file = { changeset: changesetFixture([{ type: 'file', path: 'b/y' }]) }
  const readings = [undefined, whiteouts('a/x', 'b'), file, whiteouts('b')]
  const by = (path: string) => removingLayer(readings, typedPath(path))
  assert.deepEqual(['a/x', 'b/y', 'nothing', 'a', 'bb', 'b/z/w'].map(by), [1, 3, undefined, undefined, undefined, 3])
})
