import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { modeText, timeText } from '../../src/format/file-text.ts'

describe('files in words', () => {
  test('modes as ls writes them', () => {
    const modes: readonly (readonly [type: Parameters<typeof modeText>[0], mode: number, text: string])[] = [
      ['file', 0o644, '-rw-r--r--'],
      ['file', 0, '----------'],
      ['directory', 0o1777, 'drwxrwxrwt'],
      ['directory', 0o1776, 'drwxrwxrwT'],
      ['symlink', 0o777, 'lrwxrwxrwx'],
      ['file', 0o4755, '-rwsr-xr-x'],
      ['file', 0o6644, '-rwSr-Sr--'],
      ['file', 0o2251, '--w-r-s--x'],
      ['character-device', 0o620, 'crw--w----'],
      ['block-device', 0o060, 'b---rw----'],
      ['fifo', 0o421, 'pr---w---x'],
    ]
    for (const [type, mode, text] of modes) assert.equal(modeText(type, mode), text)
  })

  test('times to the minute, and those that no calendar has in seconds', () => {
    assert.equal(timeText({ seconds: 1_700_000_059, nanoseconds: 9 }), '2023-11-14 22:14')
    assert.equal(timeText({ seconds: 1e15, nanoseconds: 0 }), '1000000000000000 s')
    assert.equal(timeText(undefined), '')
  })
})
