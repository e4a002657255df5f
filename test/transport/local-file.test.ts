import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRange } from '../../src/transport/local-file.ts'
import { askModel } from '../../src/transport/model/model-client.ts'
import { scratch } from '../kit/image/local-image.ts'

test('a range of a file ends with the file, and between chunks when it is aborted', async context => {
  const path = join(scratch(context), 'file')
  writeFileSync(path, Buffer.alloc(3_000_000, 'x'))
  const read = async (offset: number, length: number, signal?: AbortSignal, after?: () => void) => {
    let bytes = 0
    for await (const chunk of readRange(path, offset, length, signal)) {
      bytes += chunk.length
      after?.()
    }
    return bytes
  }
  assert.deepEqual([await read(0, 10), await read(2_999_990, 100), await read(3_000_000, 1), await read(0, 0)], [10, 10, 0, 0])
  await assert.rejects(read(0, 10, AbortSignal.abort(new Error('stopped'))), /stopped/)
  const stop = new AbortController()
  await assert.rejects(
    read(0, 3_000_000, stop.signal, () => stop.abort(new Error('stopped'))),
    /stopped/,
  )
})

test('a question to a model that is given up ends with the reason for that', async () => {
  const place = { endpoint: 'http://127.0.0.1:1', model: 'm', key: undefined, insecure: true, cacert: undefined }
  await assert.rejects(askModel(place, [], AbortSignal.abort(new Error('stopped'))), /^Error: stopped$/)
  await assert.rejects(askModel(place, [], new AbortController().signal), { code: /^MODEL_/ })
})
