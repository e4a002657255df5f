import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PAGE_BYTES, pageAt, withPart } from '../../../src/list/content-bytes.ts'
import { withBytes } from '../../../src/state/content/content-receive.ts'
import { findText } from '../../../src/state/content/content-search.ts'
import { startContent } from '../../../src/state/model/content.ts'

/** A file of 40 pages, more than are remembered to be searched at once, with one word in the last and one across two pages. */
function bigFile(): Buffer {
  const bytes = Buffer.alloc(PAGE_BYTES * 80, 'line of text\n')
  bytes.write('NEEDLE', PAGE_BYTES * 30 - 3, 'latin1')
  bytes.write('Last', bytes.length - 10, 'latin1')
  return bytes
}

/** Searches as the program does: what is missing is read, then on from there. */
function search(
  bytes: Buffer,
  text: string,
  from: number,
  step: 1 | -1,
): { readonly at: number | undefined; readonly reads: number } {
  const source = { kind: 'entry' as const, image: 'shown' as const, layer: 0, entry: 0 }
  const first = pageAt(bytes.length, 0)
  let content = withBytes(startContent(source, 'big', bytes.length, undefined), 0, bytes.subarray(0, first.length), bytes.length)
  let reads = 0
  for (let at = from; ; ) {
    const found = findText(content, text, at, step)
    if (found === undefined) return { at: undefined, reads }
    if ('at' in found) return { at: found.at, reads }
    const page = pageAt(bytes.length, found.missing)
    const part = bytes.subarray(page.offset, page.offset + page.length)
    content = { ...content, bytes: withPart(content.bytes, page.offset, part) }
    at = found.from
    reads++
    assert.ok(reads < 500, 'the search does not end')
  }
}

describe('search in a file that is read page by page', () => {
  test('nothing is found by no text', () => {
    assert.equal(search(Buffer.from('some text'), '', 0, 1).at, undefined)
  })

  const bytes = bigFile()

  test('reads each page once and finds what lies across two', () => {
    assert.deepEqual(search(bytes, 'needle', 0, 1), { at: PAGE_BYTES * 30 - 3, reads: 30 })
    assert.equal(search(bytes, 'Needle', 0, 1).at, undefined)
    assert.equal(search(bytes, 'last', 0, 1).at, bytes.length - 10)
  })

  test('goes backwards as well', () => {
    assert.equal(search(bytes, 'NEEDLE', bytes.length, -1).at, PAGE_BYTES * 30 - 3)
    assert.equal(search(bytes, 'NEEDLE', PAGE_BYTES * 30 - 3, -1).at, undefined)
  })
})
