import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { run } from '../kit/peer.ts'
import { KEY, PEEL_COMMAND, type PtySession, peelInTerminal, shellInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'

const shown = shownLayout({ latest: shownImage(), other: shownImage('arm64') })
const temporary = mkdtempSync(join(tmpdir(), 'peel-streams-'))
run('tar', ['-cf', join(shown.directory, 'image.tar'), '-C', shown.layout, '.'])
after(() => {
  shown.remove()
  rmSync(temporary, { recursive: true, force: true })
})

async function inShell(body: (session: PtySession) => Promise<void>): Promise<void> {
  const session = shellInTerminal({ cwd: shown.directory, env: { TMPDIR: temporary, PAGER: 'cat', LESS: '' } })
  try {
    await session.shows('$')
    await body(session)
  } finally {
    await session.close()
  }
}

/** Types a command; resolves with what it wrote, once the shell is back. `status` is the last program's. */
async function command(session: PtySession, text: string): Promise<string> {
  const from = session.output.length
  session.type(`${text}; echo "status=$?"\r`)
  await session.until(() => /status=\d+[\s\S]*shell\$/.test(session.output.slice(from)), `end ${text}`)
  return session.output.slice(from)
}

describe('an image on standard input', () => {
  for (const [how, start] of [
    ['from a file', `${PEEL_COMMAND} - < image.tar`],
    ['through a pipe', `cat image.tar | ${PEEL_COMMAND} -`],
  ] as const) {
    test(`${how}: the keys come from the terminal`, () =>
      inShell(async session => {
        session.type(`${start}\r`)
        await session.shows('IMAGE', 'other')
        // A choice is Ink's: its keys come the same way.
        session.type('2')
        await session.shows('linux/arm64', ...WHOLE_TREE)
        session.type('/', 'motd', KEY.enter)
        await session.shows(/>.*motd/)
        session.type(KEY.enter)
        await session.shows('welcome')
        session.resize(100, 30)
        await session.shows('DETAILS  ', 'welcome')
        const stopped = session.output.length
        await session.stop()
        session.type('fg\r')
        await session.until(screen => session.model.alternate && screen.includes('welcome'), 'come back')
        const from = session.output.length
        session.type(KEY.ctrlC)
        await session.until(() => session.output.slice(from).includes('shell$'), 'end')
        // No answer of the terminal came too late and was typed into the shell.
        assert.doesNotMatch(session.output.slice(stopped), /\^\[|0n/)
        assert.match(await command(session, 'stty -a'), / icanon/)
        // The spooled bytes are gone.
        assert.deepEqual(readdirSync(temporary), [])
      }))
  }

  test('what is no image is said on the normal screen', () =>
    inShell(async session => {
      writeFileSync(join(shown.directory, 'words'), 'no image at all\n')
      const said = await command(session, `${PEEL_COMMAND} - < words`)
      assert.match(said, /peel: Cannot/)
      assert.match(said, /status=3/)
      assert.match(await command(session, `${PEEL_COMMAND} - < /dev/null`), /peel: Cannot[\s\S]*status=3/)
    }))
})

describe('streams that are closed', () => {
  test('a tar goes to no terminal, unless it is forced', () =>
    inShell(async session => {
      const refused = await command(session, `${PEEL_COMMAND} extract ./weather:latest / -`)
      assert.match(refused, /peel: Cannot write a tar to a terminal[\s\S]*--force[\s\S]*status=/)
      assert.doesNotMatch(refused, /ustar/)
      assert.match(await command(session, `${PEEL_COMMAND} extract ./weather:latest / - --force`), /ustar[\s\S]*status=0/)
    }))

  test('a file that is no text goes to no terminal', () =>
    inShell(async session => {
      const refused = await command(session, `${PEEL_COMMAND} cat demo: usr/bin/ls`)
      assert.match(refused, /peel: Cannot print "usr\/bin\/ls" to a terminal[\s\S]*--force[\s\S]*status=3/)
      assert.doesNotMatch(refused, /ELF/)
      assert.match(await command(session, `${PEEL_COMMAND} cat demo: usr/bin/ls | head -c 4`), /ELF/)
      assert.match(await command(session, `${PEEL_COMMAND} cat demo: etc/os-release`), /ID=[\s\S]*status=0/)
    }))

  test('an archive goes to no terminal, whichever command makes it, unless it is forced', () =>
    inShell(async session => {
      for (const words of [
        'copy ./weather:latest -',
        'copy ./weather:latest docker-archive:-',
        'squash ./weather:latest oci-archive:-',
        'build - --add words:/words',
        'index create - ./weather:latest',
      ]) {
        writeFileSync(join(shown.directory, 'words'), 'some words\n')
        const refused = await command(session, `${PEEL_COMMAND} ${words}`)
        assert.match(refused, /peel: Cannot write an archive to a terminal[\s\S]*--force[\s\S]*status=3/, words)
        assert.doesNotMatch(refused, /ustar/, words)
      }
      assert.match(await command(session, `${PEEL_COMMAND} copy ./weather:latest - --force`), /ustar[\s\S]*status=0/)
    }))

  test('a reader that goes away ends it without a word', () =>
    inShell(async session => {
      for (const tool of ['ls', 'inspect', 'waste', 'history']) {
        const said = await command(
          session,
          `${PEEL_COMMAND} ${tool} ./weather:latest --json | head -c 1 | wc -c; echo "\${PIPESTATUS[@]}"`,
        )
        assert.doesNotMatch(said, /Error|EPIPE|peel:/)
        assert.match(said, /[\r\n]1\r\n0 0 0\r\n/)
      }
    }))

  test('standard output, input or error closed from the start: an ending, not a stack trace', () =>
    inShell(async session => {
      for (const closed of ['>&-', '<&-', '2>&-', '<&- >&- 2>&-']) {
        const said = await command(session, `${PEEL_COMMAND} inspect ./weather:latest ${closed}`)
        assert.doesNotMatch(said, /\bat .*\.js|node:internal|INTERNAL/, closed)
      }
    }))

  test('a terminal that goes away ends it, whatever it was doing, and takes what was spooled along', async () => {
    const session = peelInTerminal(['demo'])
    const other = shellInTerminal({ cwd: shown.directory, env: { TMPDIR: temporary } })
    try {
      await session.shows(' layers')
      await other.shows('$')
      other.type(`cat image.tar | ${PEEL_COMMAND} -\r`)
      await other.shows('IMAGE', 'other')
      await other.until(() => readdirSync(temporary).length > 0, 'spool what came')
      session.hangUp()
      other.hangUp()
      assert.notEqual(await session.ended(), 0)
      await other.ended()
      await other.until(() => readdirSync(temporary).length === 0, 'remove what was spooled')
    } finally {
      await session.close()
      await other.close()
    }
  })

  test('no keyboard: the summary; a full disk behind standard output is an error', () =>
    inShell(async session => {
      const said = await command(session, `${PEEL_COMMAND} ./weather:latest < /dev/null`)
      assert.match(said, /digest[\s\S]*status=0/)
      const full = await command(session, `${PEEL_COMMAND} inspect ./weather:latest > /dev/full`)
      assert.match(full, /peel: Cannot finish: no space[\s\S]*status=[1-9]/)
    }))
})
