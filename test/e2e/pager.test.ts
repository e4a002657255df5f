import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { KEY, PEEL_COMMAND, type PtyOptions, type PtySession, peelInTerminal, shellInTerminal } from '../kit/program/pty.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-pager-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const CONTENT = 'for the pager\n'
/** Would run commands, and be read as an option, were it ever part of a command's text. */
const HOSTILE = '-rf $(touch owned) `touch owned`; touch owned #\u001b]0;owned\u0007"\'.conf'
const layer = layerFixture({ [HOSTILE]: CONTENT, link: { flag: '2', link: 'etc' } })
writeLayout(join(directory, 'image'), { latest: imageFixture([layer]) })

/** Says what it was given, then waits for a line as any program does that has the terminal to itself. */
const PAGER = join(directory, 'a pager')
writeFileSync(
  PAGER,
  `#!/bin/sh
for file; do :; done
echo "arguments $#: $1 $2"
stat -c 'mode %a of %F' "$file" "$(dirname "$file")"
printf %s "$file" > "${directory}/seen"
cat "$file"
read -r line
echo "read <$line>" > "${directory}/read"
exit "\${line##* }"
`,
  { mode: 0o755 },
)

/** Waits until what was paged last is gone. */
async function assertGone(session: PtySession): Promise<void> {
  const seen = readFileSync(join(directory, 'seen'), 'utf8')
  assert.match(seen, /\/[A-Za-z0-9_.-]+\.conf$/)
  await session.until(() => !existsSync(seen) && readdirSync(temporary).length === 0, 'remove the file')
}

const temporary = mkdtempSync(join(tmpdir(), 'peel-pager-tmp-'))
after(() => rmSync(temporary, { recursive: true, force: true }))

async function onFile(pager: string, body: (session: PtySession) => Promise<void>, options: PtyOptions = {}): Promise<void> {
  const session = peelInTerminal(['./image'], {
    cwd: directory,
    ...options,
    env: { PAGER: pager, TMPDIR: temporary, ...options.env },
  })
  try {
    await session.shows(/% hidden/, 'touch')
    session.type('/', 'touch', KEY.enter)
    // It is found while it is typed; the footer comes back with Enter.
    await session.shows(/>.*touch/, '? help')
    await body(session)
  } finally {
    await session.close()
  }
}

describe('the pager', () => {
  test('gets the terminal, its arguments and a private file; peel comes back as it was', () =>
    onFile(`'${PAGER}' 'two words'`, async session => {
      // The details follow the cursor a moment later.
      await session.settled()
      const before = session.model.text()
      session.type('P')
      await session.until(screen => screen.includes('for the pager'), 'run the pager')
      const screen = session.model.text()
      assert.match(screen, /arguments 2: two words/)
      assert.match(screen, /mode 600 of regular file/)
      assert.match(screen, /mode 700 of directory/)
      assert.equal(session.model.alternate, false)
      assert.equal(session.model.terminal.modes.mouseTrackingMode, 'none')
      assert.equal(session.model.terminal.modes.wraparoundMode, true)
      // Keys go to the pager, a whole line of them: the terminal is no longer raw.
      session.type('quick keys 0\r')
      await session.until(() => session.model.alternate, 'come back')
      await session.until(text => text === before, 'show what it showed before')
      assert.equal(readFileSync(join(directory, 'read'), 'utf8'), 'read <quick keys 0>\n')
      // The modes come after the first frame.
      await session.until(() => session.model.terminal.modes.mouseTrackingMode === 'vt200', 'take the mouse again')
      await assertGone(session)
      assert.ok(!existsSync(join(directory, 'owned')))
      // It takes keys again, and gives the terminal away again.
      session.type(KEY.enter)
      await session.shows(' FILE  ', 'for the pager')
      session.type('P')
      await session.until(() => !session.model.alternate, 'run the pager again')
      session.type('again 0\r')
      await session.until(text => session.model.alternate && text.includes(' FILE  '), 'come back')
      session.type('q', 'q')
      session.type('q')
      assert.equal(await session.ended(), 0)
    }))

  test('Ctrl-C belongs to the pager while it runs', () =>
    onFile(`'${PAGER}' first`, async session => {
      session.type('P')
      await session.until(screen => screen.includes('for the pager'), 'run the pager')
      session.type(KEY.ctrlC)
      await session.until(screen => session.model.alternate && screen.includes('FILES  '), 'come back')
      await assertGone(session)
    }))

  test('a pager that fails, or is not there, is told on the screen', async () => {
    await onFile(`'${PAGER}' first`, async session => {
      session.type('P')
      await session.until(screen => screen.includes('for the pager'), 'run the pager')
      session.type('fail 3\r')
      await session.shows('FILES  ', 'ended with status 3')
      await assertGone(session)
    })
    await onFile('no-such-pager-here', async session => {
      session.type('P')
      await session.shows('FILES  ', 'Cannot run the pager "no-such-pager-here"')
    })
  })

  test('what has no content is not handed over', () =>
    onFile(`'${PAGER}' first`, async session => {
      session.type(KEY.escape, '/', 'link', KEY.enter)
      await session.shows(/>.*link/)
      session.type('P')
      await session.shows('has no content to page through')
      assert.equal(session.model.alternate, true)
    }))

  test('a document is paged too', () =>
    onFile(`'${PAGER}' first`, async session => {
      session.type(']', ']', ']')
      await session.shows('MANIFEST  ')
      session.type('P')
      await session.until(screen => screen.includes('"schemaVersion"') && !session.model.alternate, 'run the pager')
      session.type('x 0\r')
      await session.until(screen => session.model.alternate && screen.includes('MANIFEST  '), 'come back')
    }))

  test('the screen’s signals end it with the pager running, the file goes too', async () => {
    const session = shellInTerminal({ cwd: directory, env: { PAGER: `'${PAGER}' first`, TMPDIR: temporary } })
    try {
      await session.shows('$')
      session.type(`${PEEL_COMMAND} ./image\r`)
      await session.shows(/% hidden/, 'touch')
      session.type('/', 'touch', KEY.enter)
      await session.shows(/>.*touch/)
      session.type('P')
      await session.until(screen => screen.includes('for the pager'), 'run the pager')
      await session.stop()
      session.type('kill -TERM %1; fg\r')
      await session.until(() => readdirSync(temporary).length === 0, 'remove the file')
    } finally {
      await session.close()
    }
  })
})
