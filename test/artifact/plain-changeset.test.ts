import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withoutMarks } from '../../src/artifact/plain-changeset.ts'
import { entriesOf } from '../../src/layer/changeset.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

const changesetOf = (...entries: readonly TarFixture[]) => readLayerBytes(tarFixture(entries)).changeset
const words = (changeset: ReturnType<typeof changesetOf>) =>
  [...entriesOf(changeset)].map(({ path, type, mode, size, target }) =>
    `${type} ${path} ${mode.toString(8)} ${size} ${target ?? ''}`.trim(),
  )

const PLAIN: readonly TarFixture[] = [
  { name: 'd/', mode: 0o755 },
  { name: 'd/f', content: 'abc', mode: 0o640 },
  { name: 'd/hard', flag: '1', link: 'd/f', mode: 0o640 },
  { name: 'd/soft', flag: '2', link: 'f', mode: 0o777 },
  { name: 'd/tty', flag: '3', device: [5, 1], mode: 0o600 },
  { name: 'd/disk', flag: '4', device: [8, 0], mode: 0o600 },
  { name: 'd/pipe', flag: '6', mode: 0o600 },
]

describe('a changeset without marks', () => {
  test('has every entry as it was, and marks as ordinary files', () => {
    const marked = changesetOf(...PLAIN, { name: 'd/.wh.gone', mode: 0o600 }, { name: 'd/.wh..wh..opq', mode: 0o600 })
    assert.deepEqual(words(withoutMarks(marked)), [
      ...words(changesetOf(...PLAIN)),
      'file d/.wh.gone 600 0',
      'file d/.wh..wh..opq 600 0',
    ])
    const devices = (changeset: typeof marked) =>
      [...entriesOf(changeset)].flatMap(({ device }) => (device === undefined ? [] : [device]))
    assert.deepEqual(devices(withoutMarks(marked)), devices(changesetOf(...PLAIN)))
    assert.deepEqual(
      [...entriesOf(withoutMarks(marked))].map(({ sha256 }) => sha256).slice(0, 2),
      [...entriesOf(changesetOf(...PLAIN))].map(({ sha256 }) => sha256).slice(0, 2),
    )
  })

  test('is the changeset itself where it has none', () => {
    const plain = changesetOf(...PLAIN)
    assert.equal(withoutMarks(plain), plain)
  })
})
