import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { widthOf } from '../../../src/line/text.ts'
import { decodeText, detectEncoding, type Encoding } from '../../../src/list/text-encoding.ts'
import { rowText, scanRows, startRows } from '../../../src/list/text-rows.ts'
import { fc } from '../../kit/seeded-check.ts'

const text = fc
  .array(fc.constantFrom('a', 'word ', '\t', '\n', '\r\n', 'é', '漢', '😀', '\u001b', 'x'.repeat(30)), { maxLength: 60 })
  .map(parts => parts.join(''))

const ENCODERS: Readonly<Record<Exclude<Encoding, 'binary'>, (text: string) => Buffer>> = {
  'utf-8': value => Buffer.from(value),
  'utf-16le': value => Buffer.from(value, 'utf16le'),
  'utf-16be': value => Buffer.from(value, 'utf16le').swap16(),
  latin1: value => Buffer.from(value, 'latin1'),
}

function scanned(bytes: Buffer, encoding: Encoding, width: number | undefined, cuts: readonly number[]) {
  let rows = startRows(encoding, 0, width)
  for (const cut of [...cuts.map(each => each % (bytes.length + 1)).sort((one, other) => one - other), bytes.length]) {
    if (cut > rows.scanned || cut === bytes.length) rows = scanRows(rows, bytes.subarray(rows.scanned, cut), cut === bytes.length)
  }
  return { starts: [...rows.starts.subarray(0, rows.count)], lines: [...rows.lines.subarray(0, rows.count)] }
}

describe('rows of a text', () => {
  const encodings = fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'latin1')
  const widths = fc.option(fc.integer({ min: 8, max: 40 }), { nil: undefined })

  test('are the same however the bytes arrive', () => {
    fc.assert(
      fc.property(text, encodings, widths, fc.array(fc.nat(), { maxLength: 4 }), (value, encoding, width, cuts) => {
        const bytes = ENCODERS[encoding](value)
        assert.deepEqual(scanned(bytes, encoding, width, cuts), scanned(bytes, encoding, width, []))
      }),
      { numRuns: 500 },
    )
  })

  test('are as many as the lines, beyond what is kept room for at first', () => {
    const bytes = Buffer.from('x\n'.repeat(1500))
    const { starts, lines } = scanned(bytes, 'utf-8', undefined, [700, 1100])
    assert.deepEqual(
      starts,
      Array.from({ length: 1500 }, (_, row) => 2 * row),
    )
    assert.deepEqual(
      lines,
      Array.from({ length: 1500 }, (_, row) => row + 1),
    )
  })

  test('hold all the text, each no wider than asked', () => {
    fc.assert(
      fc.property(text, encodings, fc.integer({ min: 8, max: 40 }), (value, encoding, width) => {
        const bytes = ENCODERS[encoding](value)
        const { starts } = scanned(bytes, encoding, width, [])
        const pieces = starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length))
        assert.deepEqual(Buffer.concat(pieces), bytes)
        for (const piece of pieces) assert.ok(widthOf(rowText(piece, encoding)) <= width)
      }),
      { numRuns: 500 },
    )
  })

  test('number lines, not rows; a line of megabytes has many rows', () => {
    assert.deepEqual(scanned(Buffer.from('one\ntwo\n'), 'utf-8', undefined, []), { starts: [0, 4], lines: [1, 2] })
    assert.deepEqual(scanned(Buffer.from('0123456789\nx'), 'utf-8', 8, []), { starts: [0, 8, 11], lines: [1, 1, 2] })
    const long = scanned(Buffer.alloc(10_000, 'a'), 'utf-8', undefined, [])
    assert.deepEqual(long, { starts: [0, 4096, 8192], lines: [1, 1, 1] })
  })

  test('control characters are shown, tabs spread out', () => {
    assert.equal(rowText(Buffer.from('a\tb\u001b[31m\r\n'), 'utf-8'), 'a       b\\e[31m')
  })
})

describe('encodings', () => {
  const encodingOf = (bytes: Buffer) => detectEncoding(bytes, true)

  test('are told by their mark, by their zeros, by being valid', () => {
    assert.deepEqual(encodingOf(Buffer.from('\ufeffa')), { encoding: 'utf-8', mark: 3 })
    assert.deepEqual(encodingOf(Buffer.from('\ufeffab', 'utf16le')), { encoding: 'utf-16le', mark: 2 })
    assert.deepEqual(encodingOf(Buffer.from('\ufeffab', 'utf16le').swap16()), { encoding: 'utf-16be', mark: 2 })
    assert.deepEqual(encodingOf(Buffer.from('hello world', 'utf16le')), { encoding: 'utf-16le', mark: 0 })
    assert.deepEqual(encodingOf(Buffer.from('grüße')), { encoding: 'utf-8', mark: 0 })
    assert.deepEqual(encodingOf(Buffer.from('grüße', 'latin1')), { encoding: 'latin1', mark: 0 })
    assert.deepEqual(encodingOf(Buffer.from([0, 1, 2, 3, 255])), { encoding: 'binary', mark: 0 })
    assert.deepEqual(encodingOf(Buffer.alloc(0)), { encoding: 'utf-8', mark: 0 })
  })

  test('a character cut at the end of a page is no error there', () => {
    assert.equal(detectEncoding(Buffer.from('é').subarray(0, 1), false).encoding, 'utf-8')
    assert.equal(decodeText(Buffer.from('é'), 'utf-8'), 'é')
  })
})
