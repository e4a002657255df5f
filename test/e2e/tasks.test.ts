import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ImageFixture, imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { shownLayout } from '../kit/image/shown-image.ts'
import { KEY, type PtySession, peelInTerminal } from '../kit/program/pty.ts'
import { elfFixture } from '../kit/samples/elf-fixture.ts'

/** Opens an image as a new user has it: the first tab and the order of the settings' defaults. */
async function newUser(
  body: (session: PtySession) => Promise<void>,
  image: readonly string[] = ['demo'],
  shows: readonly string[] = ['HIDDEN', 'SECRETS'],
): Promise<void> {
  const session = peelInTerminal(image, { settings: {} })
  try {
    await session.shows(/% hidden/, ...shows)
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

  test('4 keys: the act that wastes most is marked, a squash of its layers planned, all litter taken out', () =>
    newUser(async session => {
      session.type('n')
      await session.shows(/>.*226 kB/)
      session.type(' ', 's', '*')
      await session.shows(
        'SQUASH',
        'layers 5–7',
        /\[x\] +226 kB {2}hidden in layers 5–7/,
        /\[ \] +102 B {2}AWS.* \/app\/\.env, layer 5/,
      )
      await session.shows('No litter was found')
    }))

  test('1 key: a squash of everything is planned; its check boxes and its sum say what leaves', () =>
    newUser(async session => {
      session.type('s')
      await session.shows('SQUASH', /\[x\] +855 kB {2}hidden in layers 1–8/, '%   measured', /after .* 1 layer/)
    }))

  test('4 keys: the act that wastes most is marked, a squash of its layers planned, and all litter taken out', async () => {
    const { layout, remove } = shownLayout({ latest: litteredImage() })
    try {
      await newUser(
        async session => {
          session.type('j')
          await session.shows(/>.*100 kB .*2 COPY \. \/app +3 chmod/)
          session.type(' ', 's', '*')
          await session.shows('SQUASH', 'layers 2–3', /\[x\] +2\.00 MB/, '%   measured')
        },
        [layout],
        ['HIDDEN', 'LITTER'],
      )
    } finally {
      remove()
    }
  })

  test('Esc leads from a file back to the story', () =>
    newUser(async session => {
      session.type('j', KEY.enter)
      await session.shows('AWS_SECRET_ACCESS_KEY=')
      session.type(KEY.escape)
      await session.shows('STORY  ')
    }))
})

/** A copy that the next layer makes once more, and an archive that the package manager left. */
function litteredImage(): ImageFixture {
  const big = { content: 'x'.repeat(100_000) }
  const step = (created_by: string) => ({ history: { created_by } })
  const layers = [
    layerFixture(
      {
        tool: { content: elfFixture(), mode: 0o755 },
        'var/cache/apt/archives/tool_1_amd64.deb': { content: 'd'.repeat(2_000_000) },
      },
      step('RUN apt-get install tool'),
    ),
    layerFixture({ 'app/model.bin': big }, step('COPY . /app')),
    layerFixture({ 'app/model.bin': { ...big, mode: 0o755 } }, step('RUN chmod 755 /app/model.bin')),
    layerFixture({ 'etc/motd': 'welcome' }, step('COPY motd /etc/motd')),
  ]
  return imageFixture(layers, { config: { config: { Cmd: ['/tool'], User: '1000' } } })
}
