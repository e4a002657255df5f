import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { repeatedNames } from '../../src/layer/repeated-names.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

const file = (path: string): EntryFixture => ({ type: 'file', path })

describe('names that a layer has twice', () => {
  test('are told in words, three of them and how many there are', () => {
    assert.equal(repeatedNames(changesetFixture([file('a'), file('b'), file('a/b')])), undefined)
    const one = repeatedNames(changesetFixture([file('a'), file('b'), file('a')]))
    assert.deepEqual([one?.code, one?.path], ['LAYER_NAME_REPEATED', '/a'])
    assert.match(one?.message ?? '', /^1 name is in the layer twice, .*: \/a$/)
    const many = repeatedNames(changesetFixture(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'].map(file)))
    assert.match(many?.message ?? '', /^4 names are in the layer again, .*: \/a, \/b, \/c, …$/)
  })

  test('are those of the entries: a whiteout of a name is another one than the name', () => {
    const entry = fc.record({
      type: fc.constantFrom('file', 'directory', 'whiteout', 'opaque'),
      path: fc.constantFrom('a', 'b', 'ab', 'a/b', 'b/a', 'ba'),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), entries => {
        const keys = entries.map(({ type, path }) => `${type === 'whiteout' || type === 'opaque' ? type : ''} ${path}`)
        const twice = keys.length - new Set(keys).size
        const found = repeatedNames(changesetFixture(entries as readonly EntryFixture[]))
        assert.equal(Number(/^\d+/.exec(found?.message ?? '0')), twice)
      }),
    )
  })
})
