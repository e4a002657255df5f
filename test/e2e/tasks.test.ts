import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KEY, type PtySession, peelInTerminal } from '../kit/pty.ts'

/** Opens the demo image as a new user has it: the first tab and the order of the settings' defaults. */
async function newUser(body: (session: PtySession) => Promise<void>): Promise<void> {
  const session = peelInTerminal(['demo'], { settings: {} })
  try {
    await session.shows(/% hidden/, 'HIDDEN', 'SECRETS')
    await session.settled()
    await body(session)
  } finally {
    await session.close()
  }
}

describe('tasks in keys, from a cold start at 80x24', () => {
  test('0 keys: what is hidden, where, who shipped it and who hid it, worst first', () =>
    newUser(async session => {
      const screen = session.model.text()
      const acts = screen.split('\n').filter(row => /█/.test(row) && / [kM]?B /.test(row))
      assert.match(acts[0] ?? '', /226 kB .*5 COPY \. \/app +7 chown -R 1000.* \/app\/ +7 files/)
      assert.match(acts[1] ?? '', /217 kB .*2 apt-get update +6 rm -rf/)
      assert.match(screen, /a squash saves ~\d+ kB of 1\.00 MB/)
      assert.match(screen, /SECRETS/)
    }))

  test('2 keys: a secret that a later layer deleted is read', () =>
    newUser(async session => {
      session.type('j', KEY.enter)
      await session.shows('AWS_SECRET_ACCESS_KEY=', 'layer 5')
    }))

  test('1 key: a symlink is followed', () =>
    newUser(async session => {
      session.type('2', 'G', 'k', 'k')
      await session.shows(/>.*bin → usr\/bin/)
      session.type(KEY.enter)
      await session.shows(/> .*▸ bin(?! → )/)
    }))

  test('3 keys: the act that wastes most is marked and a squash of its layers planned', () =>
    newUser(async session => {
      session.type('j', 'j', 'j')
      await session.shows(/>.*226 kB/)
      session.type(' ', 's')
      await session.shows('SQUASH', 'layers 5–7')
    }))

  test('1 key: a squash of everything is planned; its check boxes and its sum say what leaves', () =>
    newUser(async session => {
      session.type('s')
      await session.shows('SQUASH', /\[x\] +855 kB {2}hidden in layers 1–8/, '%   measured', /after .* 1 layer/)
    }))

  test('Esc leads from a file back to the story', () =>
    newUser(async session => {
      session.type('j', KEY.enter)
      await session.shows('AWS_SECRET_ACCESS_KEY=')
      session.type(KEY.escape)
      await session.shows('STORY  ')
    }))
})
