import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { displayPath } from '../../../src/layer/file-path.ts'
import { type FileTable, pathAt } from '../../../src/list/file-table.ts'
import { buildFileTable } from '../../../src/list/file-table-build.ts'
import { findPaths, placesIn } from '../../../src/list/fuzzy-paths.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { finish } from '../../../src/overlay/steps.ts'
import { changesetFixture } from '../../kit/layer/changeset-fixture.ts'
import { fc } from '../../kit/seeded-check.ts'

function tableOf(paths: readonly string[]): FileTable {
  const entries = paths.map(path => ({ type: 'file', path: asBytes(path), content: 'x' }) as const)
  return finish(buildFileTable(buildStack([changesetFixture(entries)], 'overlay'), { kind: 'image' }))
}

/** As an archive has it: one character a byte. */
function asBytes(path: string): string {
  return Buffer.from(path).toString('latin1')
}

/** Paths that `text` finds, the best first. */
function found(table: FileTable, text: string): readonly string[] {
  return finish(findPaths(table, text)).rows.map(row => displayPath(pathAt(table, row)))
}

/** Where the letters of `word` stand in `path` in their order, whatever stands between them. */
function hasLetters(path: string, word: string): boolean {
  let at = 0
  return [...word.toLowerCase()].every(letter => {
    at = path.toLowerCase().indexOf(letter, at) + 1
    return at > 0
  })
}

describe('paths by their letters', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'c', '-', 'é'), minLength: 1, maxLength: 4 })
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(names => names.join('/'))
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'C', '/', 'é'), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  })

  test('every path that has them is found, but for what only lies in a directory that has them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 12 }), words, (paths, wanted) => {
        const table = tableOf(paths)
        const all = Array.from({ length: table.count - 1 }, (_, index) => pathAt(table, index + 1)).map(each =>
          Buffer.from(each, 'latin1').toString(),
        )
        const expected = all.filter(each => {
          const parent = each.slice(0, Math.max(0, each.lastIndexOf('/')))
          const own = each.slice(each.lastIndexOf('/') + 1)
          return (
            wanted.every(word => hasLetters(each, word)) &&
            (!wanted.every(word => hasLetters(parent, word)) || wanted.some(word => hasLetters(own, word)))
          )
        })
        assert.deepEqual(found(table, wanted.join(' ')).toSorted(), expected.toSorted())
        assert.equal(finish(findPaths(table, wanted.join(' '))).count, expected.length)
      }),
      { numRuns: 300 },
    )
  })

  test('the marked letters are those of the words, in their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), words, (paths, [word = 'a']) => {
        const table = tableOf(paths)
        for (const row of finish(findPaths(table, word)).rows) {
          const bytes = Buffer.from(pathAt(table, row), 'latin1')
          const places = [...placesIn(table, row, word)].toSorted((one, other) => one - other)
          assert.equal(
            Buffer.from(places.map(at => bytes[at] ?? 0))
              .toString()
              .toLowerCase(),
            word.toLowerCase(),
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  const table = tableOf([
    'etc/passwd',
    'etc/pam.d/passwd',
    'usr/bin/passwd',
    'usr/share/doc/libssl3/copyright',
    'usr/lib/libssl.so.3',
    'usr/lib/lazy/bits/so/small',
    'usr/share/StringUtils.class',
    'usr/share/strong/units',
  ])

  test('letters in a row, at the start of names and in the last name go first; of equals the shorter', () => {
    assert.equal(found(table, 'libssl')[0], 'usr/lib/libssl.so.3')
    assert.deepEqual(found(table, 'passwd'), ['etc/passwd', 'usr/bin/passwd', 'etc/pam.d/passwd'])
    assert.equal(found(table, 'stut')[0], 'usr/share/StringUtils.class')
  })

  test('words come in any order, and stand for themselves', () => {
    assert.deepEqual(found(table, 'passwd pam'), ['etc/pam.d/passwd'])
    assert.deepEqual(found(table, 'pam passwd'), ['etc/pam.d/passwd'])
    assert.deepEqual(found(table, ''), [])
  })

  test('half a character is none', () => {
    // é is c3 a9: its bytes are in two other characters.
    assert.deepEqual(found(tableOf(['ã©']), 'é'), [])
  })
})

describe('the work between two steps', () => {
  /** Counts reads of the columns that a walk goes through. */
  function countingReads(table: FileTable): { readonly table: FileTable; reads(): number } {
    let reads = 0
    const bytes = new Proxy(table.names.bytes, {
      get: (target, name) => {
        reads++
        return Reflect.get(target, name, target)
      },
    })
    return { table: { ...table, names: { ...table.names, bytes } }, reads: () => reads }
  }

  test('is bounded, whatever the number of paths and of letters', () => {
    const paths = Array.from({ length: 12_000 }, (_, index) => `share/mod-${index % 97}/lib/file-${index}.js`)
    const { table, reads } = countingReads(tableOf(paths))
    for (const text of ['e', 'file', 'share mod lib', 'zzz']) {
      let last = reads()
      let steps = 0
      for (const work = findPaths(table, text); work.next().done !== true; steps++) {
        assert.ok(reads() - last < 110_000, `${reads() - last} bytes in one step of “${text}”`)
        last = reads()
      }
      assert.ok(steps >= 3, `${steps} steps`)
    }
  })

  test('long names and long words do not multiply', () => {
    const paths = Array.from({ length: 40 }, (_, index) => `${'a/'.repeat(1500)}${'a'.repeat(200)}${index}`)
    const table = tableOf(paths)
    const word = 'a'.repeat(1000)
    let steps = 0
    for (const work = findPaths(table, `${word} ${word}`); work.next().done !== true; ) steps++
    assert.ok(steps >= 40, `${steps} steps for 40 paths of 3,200 bytes`)
  })
})
