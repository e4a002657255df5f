import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDigest } from '../../../src/blob/digest.ts'
import { chainIDs } from '../../../src/state/layers/ids-view.ts'

test('a ChainID hashes the one below and the layer’s DiffID; without a DiffID there is none from there on', () => {
  const [first, second] = ['a', 'b'].map(digit => parseDigest(`sha256:${digit.repeat(64)}`))
  // printf 'sha256:aa… sha256:bb…' | sha256sum
  const chained = 'sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c'
  assert.deepEqual(chainIDs([first, second]).slice(0, 1), [first])
  assert.equal(chainIDs([first, second])[1], chained)
  assert.deepEqual(chainIDs([first, undefined, second]), [first, undefined, undefined])
})
