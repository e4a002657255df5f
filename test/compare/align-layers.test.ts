import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDigest } from '../../src/blob/digest.ts'
import { alignLayers, type ComparedLayer } from '../../src/compare/align-layers.ts'
import { finish } from '../../src/overlay/steps.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'

let number = 0
/** A layer of these files, like no other in digest and command. */
function layer(position: number, ...paths: readonly string[]): ComparedLayer {
  const digest = () => parseDigest(`sha256:${(++number).toString(16).padStart(64, '0')}`)
  const changeset = changesetFixture(paths.map(path => ({ type: 'file', path, content: `${number}` }) as const))
  return { position, digest: digest(), diffID: digest(), size: 1, createdBy: undefined, changeset }
}

const pairs = (a: readonly ComparedLayer[], b: readonly ComparedLayer[]) =>
  finish(alignLayers(a, b)).map(({ before, after, how }) => `${before ?? '·'} ${after ?? '·'} ${how ?? '·'}`)

test('layers are paired by the paths they have in common, where nothing else pairs them', () => {
  assert.deepEqual(pairs([layer(0, 'a', 'b', 'c')], [layer(0, 'a', 'b', 'c')]), ['0 0 similar'])
  assert.deepEqual(pairs([layer(0, 'a', 'b')], [layer(0, 'x', 'y')]), ['0 · ·', '· 0 ·'])
  assert.deepEqual(pairs([layer(0, 'x'), layer(1, 'a', 'b')], [layer(0, 'a', 'b')]), ['0 · ·', '1 0 similar'])
})

test('the most alike pair comes first, and pairs do not cross', () => {
  const [one, other] = [['a', 'b', 'c', 'd'] as const, ['p', 'q', 'r', 's'] as const]
  assert.deepEqual(pairs([layer(0, ...one), layer(1, ...other)], [layer(0, ...one), layer(1, ...other)]), [
    '0 0 similar',
    '1 1 similar',
  ])
  const crossed = pairs([layer(0, ...one), layer(1, ...other)], [layer(0, ...other, 't'), layer(1, ...one)])
  assert.equal(crossed.filter(pair => pair.endsWith('similar')).length, 1)
  assert.ok(crossed.includes('0 1 similar'))
})
