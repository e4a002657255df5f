import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const CTRL_Z = '\u001a'

describe('signals', () => {
  test('a Ctrl-C for the program that had the terminal, coming after its end, does not end the program', async context => {
    const directory = join(scratch(context), 'image')
    writeLayout(directory, { latest: imageFixture([layerFixture({ file: 'x' })]) })
    const { terminal, close } = await showImage(directory)
    terminal.type(CTRL_Z)
    while (terminal.stops === 0) await pause(5)
    terminal.signal('SIGINT')
    terminal.continue()
    await terminal.shows('FILES')
    // However long the process stands still: it hears of signals afterwards.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200)
    terminal.signal('SIGINT')
    terminal.type('?')
    await terminal.shows('KEYS')
    assert.equal(await close(), 143)
  })
})
