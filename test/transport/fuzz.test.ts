import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fuzzArchives, fuzzDocuments } from '../kit/fuzz/open-fuzz.ts'
import { scratch } from '../kit/image/local-image.ts'

describe('hostile input gives an error or an image, soon', () => {
  test('documents', async () => {
    const opened = await fuzzDocuments(1, 1000)
    assert.ok(opened > 400, `${opened} could be opened`)
  })

  test('archives', async context => {
    const opened = await fuzzArchives(2, 500, join(scratch(context), 'archive'))
    assert.ok(opened > 100, `${opened} could be opened`)
  })
})
