import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONCEPTS } from '../../../src/session/search/concept-table.ts'

test('every concept has words, names of images and, where it has some, ports; none is empty or there twice', () => {
  for (const { words, names, ports = [] } of CONCEPTS) {
    const row = words.join('|')
    for (const word of words) assert.match(word, /^\S(?:.*\S)?$/, row)
    for (const name of names) assert.match(name, /^[a-z0-9][a-z0-9.-]*$/, row)
    for (const port of ports) assert.ok(Number.isInteger(port) && port > 0 && port < 65_536, row)
    assert.equal(new Set(names).size, names.length, row)
    assert.equal(new Set(ports).size, ports.length, row)
  }
  const words = CONCEPTS.flatMap(each => each.words)
  assert.deepEqual(
    words.filter((word, index) => words.indexOf(word) !== index),
    [],
  )
})
