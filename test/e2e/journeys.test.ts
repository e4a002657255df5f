import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { KEY, type PtyOptions, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'

const shown = shownLayout()
const several = shownLayout({ one: shownImage(), two: shownImage('arm64') })
after(() => {
  shown.remove()
  several.remove()
})

async function journey(
  args: readonly string[],
  options: PtyOptions,
  body: (session: PtySession) => Promise<void>,
): Promise<void> {
  const session = peelInTerminal(args, { cwd: shown.directory, ...options })
  try {
    await body(session)
  } finally {
    await session.close()
  }
}

const onImage = (options: PtyOptions, body: (session: PtySession) => Promise<void>) =>
  journey(['./weather'], options, async session => {
    await session.shows(...WHOLE_TREE)
    await body(session)
  })

describe('journeys', () => {
  test('open: the start screen finds the layout here, Enter opens it, Esc and q lead out', () =>
    journey([], {}, async session => {
      await session.shows('weather', 'OCI layout', 'demo')
      session.type(KEY.enter)
      await session.shows(...WHOLE_TREE)
      session.type('O')
      await session.shows('OPEN AN IMAGE')
      session.type(KEY.escape)
      await session.shows(...WHOLE_TREE)
      // The image was opened from the start screen: Esc leaves it for that, where it goes no further.
      session.type(KEY.escape)
      await session.shows('OPEN AN IMAGE')
      session.type(KEY.escape, KEY.escape, 'q')
      assert.equal(await session.ended(), 0)
    }))

  test('walk: a directory opens and closes, the arrows go in and out', () =>
    onImage({}, async session => {
      session.type('j', KEY.right)
      await session.shows('▾ app', 'config.json')
      session.type(KEY.left)
      await session.shows('▸ app')
      session.type('E')
      await session.shows('libc.so.6', 'libm.so → libm.so.6')
      session.type('C')
      await session.until(screen => !screen.includes('libc.so.6'), 'close all directories')
    }))

  test('view: a file, its bytes in hexadecimal, and back', () =>
    onImage({}, async session => {
      session.type('E', '/', 'passwd', KEY.enter)
      await session.shows(/>.*passwd/)
      session.type(KEY.enter)
      await session.shows('app:x:1000:1000')
      session.type('x')
      await session.shows('72 6f 6f 74')
      session.type(KEY.escape)
      await session.shows('FILES  ')
    }))

  test('search finds as you type; filter hides the rest and says what is wrong', () =>
    onImage({}, async session => {
      session.type('/', 'libc')
      await session.shows(/> .*libc\.so\.6/)
      session.type(KEY.enter, KEY.escape)
      session.type('f', '>10k')
      await session.shows('libc.so.6')
      await session.until(screen => !screen.includes('motd'), 'hide what is smaller')
      session.type(' type:nonsense')
      await session.shows('nonsense')
      session.type(KEY.escape)
      await session.shows('▾ /')
    }))

  test('waste: Enter jumps to the file, Esc comes back', () =>
    onImage({ columns: 120, rows: 40 }, async session => {
      session.type('3')
      await session.shows('WASTE  ', 'big.bin')
      session.type(KEY.enter)
      await session.shows('FILES  ')
      session.type(KEY.escape)
      await session.shows('WASTE  ')
    }))

  test('findings: a filter, an explanation, a fix for the plan and for the clipboard, and the file itself', async () => {
    const token = 'whsec_Zt7Qm2Xc9Lp4Rw8Kd3Vn6Hs1Jf5Yb0Gq'
    const leaky = shownLayout({
      latest: imageFixture([
        layerFixture({ 'bin/tool': { content: 'x', mode: 0o4755 }, 'srv/keys': `STRIPE=${token}\n` }),
        layerFixture({ 'var/cache/apk/big.tar': 'y'.repeat(2_000_000) }),
      ]),
    })
    try {
      await journey(['./weather'], { cwd: leaky.directory, columns: 120, rows: 40 }, async session => {
        // The header counts them once all layers were looked at.
        await session.shows(/! \d+ errors? /)
        session.type('!')
        await session.shows('FINDINGS  ', 'A Stripe key is in the image')
        session.type('f', 'stripe')
        await session.until(screen => !screen.includes('set-id') && screen.includes('srv/keys'), 'show what fits the filter')
        session.type(KEY.enter)
        session.type('d')
        await session.shows('EXPLANATION', 'whsec_', 'Revoke it first')
        // The file shows the secret, no page of findings does.
        assert.ok(!session.model.lines().join().includes(token))
        session.type(KEY.escape)
        await session.shows('FINDINGS  ')
        session.type('Y')
        await session.shows('clipboard')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: OSC 52
        const [, sent = ''] = /\u001b\]52;c;([^\u0007]*)\u0007/.exec(session.output) ?? []
        assert.match(Buffer.from(sent, 'base64').toString(), /^Revoke it first/)
        session.type(KEY.escape, 'f', 'package-cache', KEY.enter)
        await session.shows('var/cache/apk')
        session.type(' ')
        await session.shows(/>\*.*package cache/)
        session.type(KEY.escape, 'f', 'stripe', KEY.enter, KEY.enter)
        await session.shows('FILE  /srv/keys', token)
      })
    } finally {
      leaky.remove()
    }
  })

  test('tabs turn through every view of the image', () =>
    onImage({ columns: 120, rows: 40 }, async session => {
      for (const name of ['WASTE', 'BIGGEST', 'MANIFEST', 'CONFIG', 'HISTORY', 'IDS', 'INDEX', 'STORY', 'FILES']) {
        session.type(']')
        await session.shows(` ${name}  `)
      }
    }))

  test('save writes the file under the cursor', () =>
    onImage({}, async session => {
      session.type('/', 'motd', KEY.enter)
      await session.shows(/> .*motd/)
      session.type(KEY.escape)
      session.type('S')
      await session.shows('save to')
      session.type('\u0015', 'saved.txt', KEY.enter)
      await session.shows('saved.txt')
      const file = join(shown.directory, 'saved.txt')
      await session.until(() => existsSync(file) && readFileSync(file, 'utf8') === 'welcome\n', 'write the file')
    }))

  test('copy sends the path to the terminal’s clipboard', () =>
    onImage({}, async session => {
      session.type('/', 'motd', KEY.enter)
      await session.shows(/> .*motd/)
      session.type(KEY.escape)
      session.type('y')
      await session.shows('COPY')
      session.type(KEY.enter)
      await session.shows('clipboard')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: OSC 52
      const [, sent = ''] = /\u001b\]52;c;([^\u0007]*)\u0007/.exec(session.output) ?? []
      assert.match(Buffer.from(sent, 'base64').toString(), /motd/)
    }))

  test('help lists the keys of the place, and scrolls', () =>
    onImage({}, async session => {
      session.type('?')
      await session.shows('KEYS', 'Save the file or directory to disk')
      session.type('G')
      await session.shows('Quit')
      session.type(KEY.escape)
      await session.shows('FILES  ')
    }))

  test('palette: typed words find a command, Enter runs it', () =>
    onImage({}, async session => {
      session.type(':', 'choose a theme')
      await session.shows('COMMANDS', 'Choose a theme')
      session.type(KEY.enter)
      await session.shows('THEME', 'high-contrast')
      // Quickly typed keys reach the select input one by one.
      session.type('jjk\r')
      await session.until(screen => !screen.includes('THEME'), 'close the choice')
      const settings = join(session.home, '.config/peel/config.json')
      await session.until(() => readFileSync(settings, 'utf8').includes('high-contrast'), 'save the choice')
    }))

  test('zoom makes a pane the whole screen, and back', () =>
    onImage({ columns: 120, rows: 40 }, async session => {
      session.type('z')
      await session.until(screen => !screen.includes('LAYERS  '), 'hide the other panes')
      session.type('z')
      await session.shows('LAYERS  ', 'FILES  ')
    }))

  test('several images: the choice is offered, the other one opens', () =>
    journey(['./weather'], { cwd: several.directory }, async session => {
      await session.shows('IMAGE', 'two')
      session.type('2')
      await session.shows('linux/arm64')
    }))

  test('what cannot be opened is said on the normal screen, status 3', () =>
    journey(['./nothing-here/'], {}, async session => {
      assert.notEqual(await session.ended(), 0)
      assert.equal(session.model.alternate, false)
      await session.shows('Cannot')
    }))

  test('resize: it follows, says when it is too small, and comes back', () =>
    onImage({}, async session => {
      session.resize(120, 40)
      await session.shows('LAYERS  ', 'DETAILS  ', 'FILES  ', '│')
      session.resize(30, 6)
      await session.shows('too small')
      session.resize(80, 24)
      await session.shows('FILES  ', '? help')
    }))

  test('mouse: a click on a tab opens it, on the head of a column sorts by it, once more the other way round', () =>
    onImage({ columns: 120, rows: 40 }, async session => {
      await session.settled()
      const click = (text: string) => {
        const lines = session.model.lines()
        const row = lines.findIndex(line => line.includes(text))
        session.type(`\u001b[<0;${(lines[row] ?? '').indexOf(text) + 1};${row + 1}M`)
      }
      click('biggest')
      await session.shows('BIGGEST  ', 'size↓')
      click(' path')
      await session.shows('path↑', 'Sorted by path.')
      click(' path')
      await session.shows('path↓', 'Sorted by path, the last first.')
    }))

  test('mouse: a click focuses and picks, a double click opens, the wheel scrolls', () =>
    onImage({ columns: 120, rows: 40 }, async session => {
      await session.settled()
      const row = session.model.lines().findIndex(line => line.includes('▸ bin'))
      const report = (button: number, column: number, line: number) => `\u001b[<${button};${column + 1};${line + 1}M`
      // In one write: on a busy machine two could be too far apart for a double click.
      session.type(report(0, 90, row) + report(0, 90, row))
      await session.shows('▾ bin', 'sh')
      session.type(report(0, 10, 3))
      await session.shows(/ > {2}1 /)
    }))

  test('a slow line: everything typed arrives, and the newest screen is drawn', () =>
    onImage({ bytesPerSecond: 20_000 }, async session => {
      session.type('E')
      await session.shows('libc.so.6')
      for (let press = 0; press < 40; press++) session.type('j')
      session.type('g')
      await session.shows(/> .*▾ \//)
    }))

  test('a slow line: keys for a choice that is not drawn yet wait for it', () =>
    onImage({ bytesPerSecond: 12_000, columns: 120, rows: 40 }, async session => {
      session.type('E')
      await session.shows('libc.so.6')
      // Enough frames that the line is full and the choice is not drawn at once.
      for (let press = 0; press < 4; press++) {
        session.type('z')
        await pause(40)
      }
      session.type('T', 'jjk\r')
      const settings = join(session.home, '.config/peel/config.json')
      await session.until(() => readFileSync(settings, 'utf8').includes('high-contrast'), 'save the choice')
    }))

  test('a slow line never has more under way than a frame or two, however long a key is held', () =>
    onImage({ bytesPerSecond: 12_000, columns: 120, rows: 40 }, async session => {
      session.type('E')
      await session.shows('libc.so.6')
      await session.settled()
      session.mostPending = 0
      // Back and forth, as a held key repeats: each frame draws a selected row and the details beside it.
      for (let press = 0; press < 120; press++) {
        session.type(press % 12 < 6 ? 'j' : 'k')
        await pause(25)
      }
      session.type('G')
      await session.shows(/> .*libm\.so/)
      // The gate opens below 6 kB; what one frame adds comes on top.
      assert.ok(session.mostPending < 10_000, `${session.mostPending} bytes under way`)
    }))
})
