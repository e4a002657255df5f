import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { KEY, type PtyOptions, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-compare-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const base = layerFixture({ 'etc/conf': 'one\ntwo\nthree\n', 'usr/lib/libc': 'c'.repeat(2000) })
const next = layerFixture({ 'etc/conf': 'one\n2\nthree\n', 'app/new': 'n'.repeat(40_000) })
writeLayout(join(directory, 'rain'), { '1': imageFixture([base]) })
writeLayout(join(directory, 'snow'), { '1': imageFixture([base, next]) })

async function journey(
  args: readonly string[],
  options: PtyOptions,
  body: (session: PtySession) => Promise<void>,
): Promise<void> {
  const session = peelInTerminal(args, { cwd: directory, ...options })
  try {
    await body(session)
  } finally {
    await session.close()
  }
}

describe('comparing in a terminal', () => {
  test('peel A B: why it grew, the files, the difference of one, and back out', () =>
    journey(['./rain', './snow'], { env: { PAGER: `cat > ${directory}/paged` } }, async session => {
      await session.shows('WHY, BY DIRECTORY', '+40.0 kB', '/app/new')
      session.type('t', 'E')
      await session.shows('etc/', 'conf', 'content')
      session.type('n', 'n')
      session.type('G', KEY.enter)
      await session.shows('DIFFERENCE', '- two', '+ 2')
      session.type('/', 't', 'h', 'r', KEY.enter)
      await session.shows('three')
      session.type('P')
      await session.until(() => existsSync(join(directory, 'paged')), 'run the pager')
      await session.shows('DIFFERENCE', 'three')
      assert.match(readFileSync(join(directory, 'paged'), 'utf8'), /\n-two\n\+2\n/)
      session.type('S', KEY.enter)
      await session.shows('conf.patch')
      session.type(KEY.escape)
      await session.shows('FILES')
      session.type('W')
      await session.shows('−40.0 kB')
      session.type('t')
      await session.shows('content  command')
      session.type(KEY.escape)
      await session.shows(...WHOLE_TREE)
      session.type('q')
      assert.equal(await session.ended(), 0)
      const patch = readFileSync(join(directory, 'conf.patch'), 'utf8')
      assert.match(patch, /^--- a\/etc\/conf\n\+\+\+ b\/etc\/conf\n/)
    }))

  test('= on the start screen marks one image, = on another compares them', () =>
    journey([], {}, async session => {
      await session.shows('rain', 'snow')
      session.type('=')
      await session.shows('press = on another image')
      session.type('j', '=')
      await session.shows('WHY, BY DIRECTORY', '40.0 kB')
    }))

  test('peel referrers says on a terminal that there are none', () =>
    journey(['referrers', './snow'], {}, async session => {
      await session.shows('Nothing refers to the image.')
      assert.equal(await session.ended(), 0)
    }))

  test('= on two layers compares the image up to each; twice on one takes the mark away', () =>
    journey(['./snow'], {}, async session => {
      await session.shows(...WHOLE_TREE)
      session.type('1', 'g', '=')
      await session.shows('layer 1 of ./snow is marked')
      session.type('=')
      await session.shows('is not marked any more')
      session.type('=', 'j', '=')
      await session.shows('layer 1', 'layers 1–2', '/app/new')
    }))

  test('peel diff goes through the pager, as git does', () =>
    journey(['diff', './rain', './snow', '--stat'], { env: { PAGER: 'sed s/^/paged:/' } }, async session => {
      await session.shows('paged:', 'pull')
      assert.equal(await session.ended(), 0)
    }))

  test('every size down to the smallest draws it, and nothing but ASCII where that is asked for', () =>
    journey(['./rain', './snow', '--ascii'], { columns: 40, rows: 12 }, async session => {
      await session.shows('SUMMARY', '150 B > 332 B', '+40.0 kB')
      for (const page of ['t', 'E', 't', 't', 't', 't']) session.type(page)
      session.type('G')
      await session.shows('/app/new')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are ASCII too
      assert.match(session.output, /^[\u0000-\u007f]*$/)
    }))
})
