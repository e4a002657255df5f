import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fact, factRows, heading } from '../../src/line/facts.ts'
import { plainText } from '../../src/line/line.ts'

const texts = (rows: ReturnType<typeof factRows>) => rows.map(({ line }) => plainText(line).trimEnd())
const links = (rows: ReturnType<typeof factRows>) => rows.map(({ line }) => line.find(span => span.link !== undefined)?.link)

describe('facts as rows', () => {
  test('names in a column, long values in further rows, a blank row above a heading', () => {
    const rows = factRows([heading('One'), fact('name', 'x'.repeat(25)), heading('Two'), fact('b', 'y')], 32)
    assert.deepEqual(texts(rows), [
      ' One',
      ' name        xxxxxxxxxxxxxxxxxxx',
      '             xxxxxx',
      '',
      ' Two',
      ' b           y',
    ])
  })

  test('the short value stands where the long one does not fit', () => {
    const long = fact('digest', `sha256:${'a'.repeat(64)}`, { short: 'sha256:aaaa' })
    assert.deepEqual(texts(factRows([long], 40)), [' digest      sha256:aaaa'])
    assert.deepEqual(texts(factRows([long], 120)), [` digest      sha256:${'a'.repeat(64)}`])
  })

  test('the address of a fact comes before one in its value', () => {
    assert.deepEqual(links(factRows([fact('a', 'https://a.example/x')], 60)), ['https://a.example/x'])
    assert.deepEqual(links(factRows([fact('a', 'https://a.example/x', { link: 'https://b.example' })], 60)), [
      'https://b.example',
    ])
    assert.deepEqual(links(factRows([fact('a', 'text')], 60)), [undefined])
  })
})
