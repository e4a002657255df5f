import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { DEMO } from '../../src/session/demo-image.ts'
import type { FakeTerminal } from '../kit/terminal/fake-terminal.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const ENTER = '\r'
const ESC = '\u001b'

/** Runs `body` on the demo image with all its layers read, in a terminal in memory. */
async function onDemo(body: (terminal: FakeTerminal) => Promise<void>, columns = 80, rows = 24): Promise<void> {
  const { terminal, close } = await showImage(DEMO, { columns, rows }, [/whole image/, /\d+ % hidden/, /usr/])
  try {
    await body(terminal)
  } finally {
    await close()
  }
}

/** Types keys one after the other, as a person would: each has its effect before the next. */
async function press(terminal: FakeTerminal, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    terminal.type(key)
    await terminal.quiet(30)
  }
}

describe('views on the demo image', () => {
  test('files: open, filter as it is typed, a mistake told, Esc takes the filter away', () =>
    onDemo(async terminal => {
      await press(terminal, 'm', 'f')
      terminal.type('.env')
      await terminal.shows('filter .env', / of \d+ · /, /- -rw------- .* \.env {2}removed by \d/)
      terminal.type(' typ:x')
      await terminal.shows('There is no field "typ"')
      await press(terminal, '\u0015')
      terminal.type('suid')
      await terminal.shows('-rwsr-xr-x', 'su', /1 of \d+ · /)
      await press(terminal, ENTER, ESC)
      await terminal.until(screen => / \d+ paths/.test(screen) && !screen.includes('· filter'), 'show all paths again')
    }))

  test('files: the search goes to names as it is typed, n goes on, Enter looks at the file', () =>
    onDemo(async terminal => {
      await press(terminal, '/')
      terminal.type('stations')
      await terminal.shows(/1\/\d found/, />.*stations-copy\.json/)
      await press(terminal, ENTER, 'n')
      await terminal.shows(/2\/\d found/, />.*stations\.json/)
      await press(terminal, ENTER)
      await terminal.shows('FILE', 'JSON', '"name":')
      await press(terminal, 'x')
      await terminal.shows('utf-8')
      await press(terminal, 'x')
      await terminal.shows('hexadecimal', '00000000  ')
      await press(terminal, ESC)
      await terminal.shows('FILES', /2\/\d found/)
    }))

  test('files: one layer alone, changes only, marks and what changed; the place stays', () =>
    onDemo(async terminal => {
      await press(terminal, '/')
      terminal.type('passwd')
      await terminal.shows(/> .*passwd/)
      await press(terminal, ENTER, ESC, 't')
      await terminal.shows('up to layer 1', />\+ .*passwd/)
      await press(terminal, 't')
      await terminal.shows('layer 1 alone', />\+ .*passwd/)
      await press(terminal, 't', '.')
      await terminal.shows('whole image', 'changes only')
      await press(terminal, 'E')
      await terminal.shows(/~ .* weather {2}owner/)
    }))

  test('a file’s versions and the difference of two', () =>
    onDemo(async terminal => {
      await press(terminal, '/')
      terminal.type('data/stations.json')
      await terminal.shows(/1\/1 found/)
      await press(terminal, ENTER, 'v')
      await terminal.shows('VERSIONS', 'added', /owner/, /content/)
      // The first of them has none before it: it is compared with the next.
      terminal.type('d')
      await terminal.shows('DIFFERENCE')
      terminal.type(ESC)
      await terminal.shows('VERSIONS')
      await press(terminal, 'G', 'd')
      await terminal.shows('DIFFERENCE', 'Bergen (Florida)', /\+ .*Florida/)
    }))

  test('waste by cause, by layer; Enter goes to the file', () =>
    onDemo(async terminal => {
      await press(terminal, '3')
      await terminal.shows('WASTE', 'by files', 'metadata-only')
      await press(terminal, ENTER)
      await terminal.shows('FILES', /up to layer \d/, />\+ /)
      await press(terminal, ESC)
      await terminal.shows('WASTE')
      await press(terminal, 't', 't', 't')
      await terminal.shows('by causes', 'opaque', 'removed')
    }))

  test('documents: folded, searched, digests followed and told apart', () =>
    onDemo(async terminal => {
      await press(terminal, ']', ']', ']')
      await terminal.shows('MANIFEST', '"schemaVersion": 2')
      await press(terminal, '/')
      terminal.type('layers')
      await terminal.shows(/> {3}"layers": \[/)
      await press(terminal, ENTER, ENTER)
      await terminal.shows('"layers": […]')
      await press(terminal, 'g', 'j', 'j', 'j', 'j', 'j', ENTER)
      await terminal.shows('CONFIG', 'entrypoint', '["/app/bin/weather"]')
      await press(terminal, ']', ']')
      await terminal.shows('IDS', 'image ID', 'image digest')
      await press(terminal, 'G')
      await terminal.shows('layer digest', 'DiffID', 'ChainID')
      await press(terminal, '[')
      await terminal.shows('HISTORY', 'apt-get update')
    }))

  test('a file is saved to disk, and never over another', () =>
    onDemo(async terminal => {
      const directory = mkdtempSync(join(tmpdir(), 'peel-views-'))
      try {
        await press(terminal, '/')
        terminal.type('passwd')
        await terminal.shows(/> .*passwd/)
        await press(terminal, ENTER)
        for (const said of ['Saved a file', 'already there']) {
          await press(terminal, 'S')
          await terminal.shows('save to')
          await press(terminal, '\u0015')
          terminal.type(join(directory, 'saved'))
          await press(terminal, ENTER)
          await terminal.shows(said)
        }
        assert.match(readFileSync(join(directory, 'saved'), 'utf8'), /^root:x:0:0/)
        assert.ok(!existsSync(join(directory, 'passwd')))
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    }))
})
