import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { KEY, PEEL_COMMAND, type PtyOptions, type PtySession, peelInTerminal, shellInTerminal } from '../kit/program/pty.ts'

const OPEN = ' layers'
const ESC = '\u001b'

/** Runs `body` with the demo on the screen, and ends it whatever happens. */
async function withDemo(options: PtyOptions, body: (session: PtySession) => Promise<void>): Promise<void> {
  const session = peelInTerminal(['demo'], options)
  try {
    await session.shows(OPEN)
    await body(session)
  } finally {
    await session.close()
  }
}

function assertRestored({ model, output }: PtySession): void {
  const { modes } = model.terminal
  // Not by the model: a shell that is back at its prompt has its own bracketed paste.
  assert.ok(output.includes(`${ESC}[?2004l${ESC}[?7h`))
  assert.equal(model.alternate, false)
  assert.equal(modes.mouseTrackingMode, 'none')
  assert.equal(modes.wraparoundMode, true)
}

/** Throws in the program's own thread once the file is there; no code of the program knows of it. */
const bomb = (file: string) => `import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) setInterval(() => { if (existsSync(${JSON.stringify(file)})) throw new Error('boom') }, 20).unref()`

test('keys typed before the program has the terminal leave the first row where it is', async () => {
  const session = peelInTerminal(['demo'], {})
  try {
    // Echoed by the terminal, which is still a line at a time then.
    session.type('j')
    await session.shows(OPEN)
    await session.settled()
    const rows = session.model.text().split('\n')
    assert.match(rows[0] ?? '', /^ peel {2}demo:/)
    session.type(KEY.ctrlL)
    await session.settled()
    assert.equal(session.model.text().split('\n')[0], rows[0])
  } finally {
    await session.close()
  }
})

describe('the terminal is left as it was', () => {
  test('by q, with status 0', () =>
    withDemo({}, async session => {
      assert.equal(session.model.alternate, true)
      session.type('q')
      assert.equal(await session.ended(), 0)
      assertRestored(session)
    }))

  test('by q that was typed before the first frame', async () => {
    const session = peelInTerminal(['demo'])
    try {
      session.type('q')
      assert.equal(await session.ended(), 0)
      assertRestored(session)
    } finally {
      await session.close()
    }
  })

  test('by Ctrl-C, with status 0', () =>
    withDemo({}, async session => {
      session.type(KEY.ctrlC)
      assert.equal(await session.ended(), 0)
      assertRestored(session)
    }))

  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const) {
    test(`by ${signal}, with status ${status}`, () =>
      withDemo({}, async session => {
        session.kill(signal)
        assert.equal(await session.ended(), status)
        assertRestored(session)
      }))
  }

  test('by a crash, with the reason on the normal screen', async context => {
    const fuse = join(scratch(context), 'fuse')
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(bomb(fuse))}` }
    const session = peelInTerminal(['demo'], { env })
    try {
      await session.shows(OPEN)
      writeFileSync(fuse, '')
      assert.equal(await session.ended(), 3)
      await session.shows('boom')
      assertRestored(session)
    } finally {
      await session.close()
    }
  })

  test('while it is stopped by Ctrl-Z, and taken again by fg, at the size it has by then', async () => {
    const session = shellInTerminal()
    try {
      await session.shows('$')
      session.type(`${PEEL_COMMAND} demo\r`)
      await session.shows(OPEN)
      await session.stop()
      assertRestored(session)
      session.resize(100, 30)
      session.type('fg\r')
      await session.until(screen => screen.includes(OPEN) && session.model.alternate, 'come back')
      assert.equal(session.model.lines().length, 30)
      await session.shows(/\? help/)
      const from = session.output.length
      session.type('q')
      await session.until(() => session.output.slice(from).includes('shell$'), 'end')
      session.type('echo status=$?\r')
      await session.shows('status=0')
    } finally {
      await session.close()
    }
  })
})

describe('where colour or a terminal is missing', () => {
  test('NO_COLOR: no colour, and the cursor is still to be seen', () =>
    withDemo({ env: { NO_COLOR: '1' } }, async session => {
      const codes = session.output.split(ESC).map(piece => /^\[([0-9;]*)m/.exec(piece)?.[1] ?? '')
      assert.deepEqual(
        codes.filter(code => /(?:^|;)(?:3[0-8]|4[0-8]|9[0-7])(?:;|$)/.test(code)),
        [],
      )
      assert.ok(codes.includes('1'))
    }))

  test('CI=true: it draws all the same', () => withDemo({ env: { CI: 'true' } }, async () => {}))

  test('TERM=dumb: the plain summary, status 0, no escape sequence', async () => {
    const session = peelInTerminal(['demo'], { env: { TERM: 'dumb' } })
    try {
      assert.equal(await session.ended(), 0)
      await session.shows('digest')
      assert.ok(!session.output.includes(ESC))
    } finally {
      await session.close()
    }
  })

  test('a pipe: the plain summary, status 0', async () => {
    const { status, stdout } = await peel(['demo'])
    assert.equal(status, 0)
    assert.match(stdout, /digest/)
    assert.ok(!stdout.includes(ESC))
  })
})
