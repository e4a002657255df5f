import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEMO } from '../../src/session/demo-image.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { fakeWorld, manyCandidates } from '../kit/state/fake-world.ts'
import { showProgram } from '../kit/terminal/fake-terminal.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const FRAME_END = '\u001b[?2026l'
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a full clear is made of
const FULL_CLEAR = /\u001b\[[23]?J|\u001b\[0?J/

/** An index whose entries say much, each in other words, in letters of three bytes. */
function wordyIndex(): ImageFixture {
  const said = (image: number) =>
    Array.from({ length: 8 }, (_, number) => [`org.example.${image}.${number}`, `${image}字${number}`.repeat(100)])
  return indexFixture(
    Array.from({ length: 4 }, (_, number) => {
      const image = imageFixture([layerFixture({ [`file-${number}`]: 'text' })])
      return { ...image, descriptor: { ...image.descriptor, annotations: Object.fromEntries(said(number)) } }
    }),
  )
}

besideLayout({ wordy: wordyIndex() })

describe('budgets', () => {
  for (const [columns, rows, limit] of [
    [80, 24, 700],
    [200, 60, 1100],
  ] as const) {
    test(`a cursor key writes at most ${limit} bytes at ${columns}x${rows}, and clears nothing`, async () => {
      const { terminal, close } = showProgram(fakeWorld(manyCandidates(1000)), { columns, rows })
      await terminal.shows('image-9')
      await terminal.quiet()
      for (const [key, text] of [
        ['j', / > here +image-1 /],
        ['j', / > here +image-2 /],
        ['k', / > here +image-1 /],
      ] as const) {
        terminal.stdout.take()
        terminal.type(key)
        await terminal.shows(text)
        await terminal.quiet(60)
        const written = terminal.stdout.take()
        assert.ok(written.length > 0)
        assert.ok(Buffer.byteLength(written) <= limit, `${Buffer.byteLength(written)} bytes`)
        assert.doesNotMatch(written, FULL_CLEAR)
      }
      await close()
    })
  }

  for (const [columns, rows, limit] of [
    [80, 24, 700],
    [200, 60, 1100],
  ] as const) {
    test(`in the files tree too: at most ${limit} bytes at ${columns}x${rows}, and 6,000 for the preview once the cursor rests`, async () => {
      const { terminal, close } = await showImage(DEMO, { columns, rows })
      try {
        terminal.type('E')
        // The header counts findings once the check has ended, whatever key is pressed meanwhile.
        await terminal.shows(/▾ app/, /! 1 error/)
        await terminal.quiet()
        for (const key of 'jjjjkkjjjjjj') {
          terminal.stdout.take()
          terminal.type(key)
          await terminal.quiet(160)
          const written = terminal.stdout.take()
          const [moved = '', ...previewed] = written.split(FRAME_END)
          assert.ok(moved.length > 0)
          assert.ok(Buffer.byteLength(moved) <= limit, `${Buffer.byteLength(moved)} bytes`)
          for (const each of previewed) assert.ok(Buffer.byteLength(each) <= 6000, `${Buffer.byteLength(each)} bytes`)
          assert.doesNotMatch(written, FULL_CLEAR)
        }
      } finally {
        await close()
      }
    })
  }

  test('the preview of an entry of an index writes at most 6,000 bytes at 200x60, however long its annotations', async () => {
    const { terminal, close } = await showImage('oci:weather:wordy', { columns: 200, rows: 60 }, [/% hidden/])
    try {
      terminal.type('8')
      await terminal.shows(/linux\/amd64/)
      let previewed = false
      for (const key of 'jjkj') {
        await terminal.quiet(160)
        terminal.stdout.take()
        terminal.type(key)
        await terminal.quiet(160)
        const frames = terminal.stdout.take().split(FRAME_END)
        previewed ||= frames.some(each => each.includes('org.example'))
        for (const each of frames) assert.ok(Buffer.byteLength(each) <= 6000, `${Buffer.byteLength(each)} bytes`)
      }
      assert.ok(previewed)
    } finally {
      await close()
    }
  })

  for (const [columns, rows, limit] of [
    [80, 24, 700],
    [200, 60, 1100],
  ] as const) {
    test(`in the treemap too, where only the picked rectangle changes: at most ${limit} bytes at ${columns}x${rows}`, async () => {
      const { terminal, close } = await showImage(DEMO, { columns, rows })
      try {
        terminal.type('M')
        await terminal.shows('TREEMAP  ')
        await terminal.shows(/>[a-z]+\//)
        for (const key of 'ljhknnnNN') {
          await terminal.quiet(60)
          terminal.stdout.take()
          terminal.type(key)
          await terminal.quiet(60)
          const written = terminal.stdout.take()
          assert.ok(Buffer.byteLength(written) <= limit, `${Buffer.byteLength(written)} bytes`)
          assert.doesNotMatch(written, FULL_CLEAR)
        }
      } finally {
        await close()
      }
    })
  }

  test('500 keys in one write: none lost, five frames at most, no full clear', async () => {
    const { terminal, close } = showProgram(fakeWorld(manyCandidates(1000)))
    await terminal.shows('image-9')
    await terminal.quiet()
    terminal.stdout.take()
    terminal.type('j'.repeat(500))
    await terminal.shows(/ > here +image-500 /)
    await terminal.quiet()
    const written = terminal.stdout.take()
    const frames = written.split(FRAME_END).length - 1
    assert.ok(frames >= 1 && frames <= 5, `${frames} frames`)
    assert.doesNotMatch(written, FULL_CLEAR)
    await close()
  })

  test('nothing is written while nothing happens', async () => {
    const { terminal, close } = showProgram(fakeWorld(manyCandidates(100)))
    await terminal.shows('image-9')
    await terminal.quiet()
    terminal.stdout.take()
    await terminal.quiet(500)
    assert.equal(terminal.stdout.take(), '')
    await close()
  })
})
