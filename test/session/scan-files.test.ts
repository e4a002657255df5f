import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { scanFiles } from '../../src/session/artifact/scan-files.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'

const SECRET = 'STRIPE=whsec_Zt7Qm2Xc9Lp4Rw8Kd3Vn6Hs1Jf5Yb0Gq\n'
const MB = 1024 * 1024

/** The entries whose content was asked for, and those in which a secret was found. */
async function scanned(
  entries: readonly EntryFixture[],
  content: (entry: number) => AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
) {
  const asked: number[] = []
  const scan = await scanFiles(
    changesetFixture(entries),
    entry => {
      asked.push(entry)
      return content(entry)
    },
    signal,
  )
  return { asked, found: scan.files.map(({ entry }) => entry) }
}

const file = (size: number): EntryFixture => ({ type: 'file', path: 'app/.env', size, content: SECRET })
async function* secret() {
  yield Buffer.from(SECRET)
}

describe('files of a file system image', () => {
  test('are looked into one by one: no directories, nothing empty, nothing over 256 MiB', async () => {
    const entries: readonly EntryFixture[] = [
      { type: 'directory', path: 'app' },
      file(SECRET.length),
      file(0),
      file(256 * MB + 1),
      { ...file(SECRET.length), path: 'b/.env' },
    ]
    assert.deepEqual(await scanned(entries, secret), { asked: [1, 4], found: [1, 4] })
    assert.deepEqual((await scanned([file(256 * MB)], secret)).asked, [0])
  })

  test('that cannot be read are passed over; other faults are not', async () => {
    const failing = (error: Error) =>
      async function* (entry: number) {
        if (entry === 0) throw error
        yield* secret()
      }
    const entries = [file(SECRET.length), file(SECRET.length)]
    const unsupported = failing(new ImageError('FILESYSTEM_UNSUPPORTED', 'Cannot read a: compressed with lzma'))
    assert.deepEqual((await scanned(entries, unsupported)).found, [1])
    await assert.rejects(scanned(entries, failing(new ImageError('LAYER_DAMAGED', 'Cannot read a: damaged'))), {
      code: 'LAYER_DAMAGED',
    })
    await assert.rejects(scanned(entries, failing(new Error('other'))), /other/)
  })

  test('are left when somebody asks to, every 8 MiB', async () => {
    const abort = new AbortController()
    let pieces = 0
    const endless = async function* () {
      for (;;) {
        if (++pieces === 3) abort.abort(new Error('enough'))
        yield Buffer.alloc(MB)
      }
    }
    await assert.rejects(scanned([file(256 * MB)], endless, abort.signal), /enough/)
    assert.equal(pieces, 8)
  })
})
