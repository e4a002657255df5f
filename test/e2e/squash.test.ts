import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { type Brake, brakeIn } from '../kit/brake.ts'
import { indexFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { KEY, type PtyOptions, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'

const layouts: { remove(): void }[] = []
after(() => {
  for (const each of layouts) each.remove()
})

type Scene = { readonly session: PtySession; readonly directory: string }

/** The layers focused, everything read; temporary blobs go to a directory of the journey. */
async function onLayers(body: (scene: Scene) => Promise<void>, options: PtyOptions = {}, image = shownImage()): Promise<void> {
  const shown = shownLayout({ latest: image })
  layouts.push(shown)
  const env = { TMPDIR: shown.directory, ...options.env }
  const session = peelInTerminal(['./weather'], { cwd: shown.directory, ...options, env })
  try {
    await session.shows(...WHOLE_TREE)
    session.type('1')
    await session.shows('LAYERS  ', 'command')
    await body({ session, directory: shown.directory })
  } finally {
    await session.close()
  }
}

const summaryOf = async (layout: string) => JSON.parse((await peel(['inspect', '--json', '--layers', layout])).stdout)
const MEASURED = '%   measured'
const CLEAR = '\u0015'

describe('squash in the interface', () => {
  test('b compares the image with what was squashed of it, from either of them', () =>
    onLayers(async ({ session }) => {
      session.type('b')
      await session.shows('Nothing squashed yet')
      session.type('s')
      await session.shows(MEASURED)
      session.type(KEY.enter)
      await session.shows(/ashed:latest ›/, /▾ \//)
      for (const from of ['result', 'original']) {
        session.type('b')
        await session.shows(
          'SUMMARY',
          /A +\S*weather\n/,
          /B +\S*weather-squashed:latest\n/,
          'The same but for what a rebuild changes',
        )
        session.type('t', 't')
        await session.shows('size A', 'size B', '·')
        session.type(KEY.escape)
        await session.shows(/▾ \//)
        if (from === 'result') {
          session.type('B')
          await session.shows('./weather ›', /▾ \//)
        }
      }
    }))

  test('a marked range is squashed to a new layout, opened beside the original, and B goes back', () =>
    onLayers(
      async ({ session, directory }) => {
        session.type(' ', 'j', 'V')
        await session.shows(/┌ 1 /, /└ 2 /)
        session.type('s')
        await session.shows('oci:./weather-squashed:latest', /2 .*┴───→/, /3 .*kept/, MEASURED)
        const [made = ''] = left(directory).filter(name => name.startsWith('.peel-'))
        const { ino } = statSync(join(directory, made))
        session.type('i')
        await session.shows('write to')
        session.type(CLEAR, 'oci:./out:small', KEY.enter)
        await session.shows('→ oci:./out:small')
        session.type(KEY.enter)
        await session.shows('B: the original', 'oci:./out:small ›', 'was 888 B', /▾ \//)
        const result = await summaryOf(join(directory, 'out:small'))
        assert.equal(result.layers.length, 2)
        // The file that the preview compressed is the one that was written.
        const blobs = join(directory, 'out', 'blobs', 'sha256')
        assert.ok(readdirSync(blobs).some(name => statSync(join(blobs, name)).ino === ino))
        assert.ok(!left(directory).includes(made))
        session.type('B')
        await session.shows(' ./weather ›', 'B: what was squashed')
        session.type('s')
        await session.shows('→ oci:./out:small', /2 .*┴───→/, MEASURED)
        session.type('B')
        await session.shows('oci:./out:small ›', 'B: the original')
        session.type('s')
        await session.shows('SQUASH', '-squashed')
        session.type('i')
        await session.shows('write to')
        session.type(CLEAR)
        await session.shows(/Tab: oci:\/.*out:small/)
        session.type(KEY.escape)
        const remembered = readFileSync(join(session.home, '.local/state/peel/destinations.json'), 'utf8')
        assert.match(remembered, /out:small/)
      },
      { columns: 120, rows: 40 },
    ))

  test('a name that is taken is refused; it is replaced only when that is picked', () =>
    onLayers(async ({ session, directory }) => {
      const before = readFileSync(join(directory, 'weather/index.json'), 'utf8')
      session.type('s')
      await session.shows(MEASURED)
      session.type('i')
      await session.shows('write to')
      session.type(CLEAR, 'oci:./weather:latest', KEY.enter)
      await session.shows('→ oci:./weather:latest')
      session.type(KEY.enter)
      await session.shows('THIS NAME IS TAKEN', 'Write somewhere else', 'Replace what is at')
      session.type(KEY.escape)
      await session.until(screen => !screen.includes('Replace what is at'), 'close the question')
      assert.equal(readFileSync(join(directory, 'weather/index.json'), 'utf8'), before)
      session.type(KEY.enter)
      await session.shows('Replace what is at')
      session.type('2')
      await session.shows('B: the original')
      assert.notEqual(readFileSync(join(directory, 'weather/index.json'), 'utf8'), before)
      assert.equal((await summaryOf(join(directory, 'weather:latest'))).layers.length, 1)
    }))

  test('Esc while it is written leaves nothing behind', context =>
    whileWriting(context, async ({ session, directory }, brake) => {
      session.type('1', KEY.escape)
      await session.shows('AN IMAGE IS BEING WRITTEN', 'Cancel and remove what was written', 'Go back and keep writing')
      session.type('2')
      await session.until(screen => !screen.includes('AN IMAGE IS BEING WRITTEN'), 'close the question')
      brake.release()
      await session.shows('Cancelled: nothing was written')
      session.type(KEY.tab, KEY.tab)
      await session.shows(MEASURED)
      assert.ok(!left(directory).includes('weather-squashed'))
      session.type(KEY.escape)
      await session.until(() => left(directory).join() === 'weather', 'leave only the image')
    }))

  test('Ctrl-C while it is written ends the program and leaves nothing behind', context =>
    whileWriting(context, async ({ session, directory }) => {
      session.type(KEY.ctrlC)
      await session.ended()
      assert.deepEqual(left(directory), ['weather'])
    }))

  test('files marked in the tree are removed; undo, settings and a saved plan', () =>
    onLayers(async ({ session, directory }) => {
      session.type('2', 'E', '/', 'motd')
      await session.shows(/> .*motd/)
      session.type(KEY.enter, ' ')
      await session.shows(/\*.*motd/)
      session.type('s')
      await session.shows('- remove /etc/motd', '1 path, 8 B', MEASURED)
      session.type(':', 'plan.set', KEY.enter)
      await session.shows('set KEY=VALUE')
      session.type('nonsense=1')
      await session.shows('there is no key')
      session.type(CLEAR, 'env.COLOUR=blue', KEY.enter)
      await session.shows('~ set env.COLOUR=blue')
      session.type('Z')
      await session.shows('COMPRESSION')
      session.type('3')
      await session.shows('with zstd')
      session.type('u')
      await session.until(screen => !screen.includes('with zstd'), 'undo the compression')
      session.type('S')
      await session.shows('save the plan to')
      session.type(KEY.enter)
      await session.shows('Saved')
      const saved = JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8'))
      assert.deepEqual(saved.edits, [
        { type: 'remove', path: 'etc/motd' },
        { type: 'set', setting: 'env.COLOUR=blue' },
      ])
      session.type(KEY.enter)
      await session.shows('B: the original')
      const { stdout } = await peel(['ls', join(directory, 'weather-squashed:latest')])
      assert.doesNotMatch(stdout, /motd/)
      assert.match(stdout, /passwd/)
    }))

  test('an index: its platforms are chosen, both are written alike, the one on the screen is opened', () =>
    onLayers(
      async ({ session, directory }) => {
        session.type('s')
        await session.shows('only linux/amd64', '1 other image of the index is not in the result')
        session.type('p')
        await session.shows('[ ] linux/arm64')
        session.type('2')
        await session.shows('[x] linux/arm64', 'linux/arm64: rewritten alike', '1.78 kB →')
        session.type('4', 'i')
        await session.shows('write to')
        session.type(CLEAR, 'both.tar', KEY.enter)
        await session.shows('→ both.tar')
        session.type(KEY.enter)
        await session.shows('B: the original', ' both.tar › linux/amd64', 'was 888 B')
        const both = await summaryOf(join(directory, 'both.tar'))
        assert.deepEqual(
          both.index.manifests.map(({ platform }: { platform: string }) => platform),
          ['linux/amd64', 'linux/arm64'],
        )
        assert.equal(both.layers.length, 1)
      },
      {},
      indexFixture([shownImage('amd64'), shownImage('arm64')]),
    ))

  test('waste: what is gone is marked for removal, what still lives has its layers marked', () =>
    onLayers(
      async ({ session }) => {
        session.type('3')
        await session.shows('WASTE  ', /> .*removed .*big\.bin/)
        session.type(' ')
        await session.shows(/\*.*big\.bin/, /> .*metadata-only.*\/bin\/sh/)
        session.type(' ')
        await session.shows('Still in the image', /┌ 1 /, /│ 2 /, /└ 3 /)
        session.type('s')
        await session.shows('layers 1–3', '- remove /app/cache/big.bin', MEASURED)
      },
      { columns: 120, rows: 40 },
    ))

  test('Tab completes a destination from what is on this disk', () =>
    onLayers(async ({ session }) => {
      session.type('s')
      await session.shows(MEASURED)
      session.type('i')
      await session.shows('write to')
      session.type(CLEAR, './wea')
      await session.shows('Tab: ./weather:')
      session.type(KEY.tab)
      await session.shows(/write to \.\/weather:/)
      session.type(CLEAR, 'doc')
      await session.shows('Tab: docker-archive:')
      session.type(CLEAR, 'docker://registry.example/App')
      await session.shows('lower')
    }))
})

/** Writes until the program's threads are held in the middle, with files of its own beside the image; `body` goes on from there. */
function whileWriting(context: TestContext, body: (scene: Scene, brake: Brake) => Promise<void>): Promise<void> {
  const brake = brakeIn(scratch(context))
  return onLayers(
    async scene => {
      const { session, directory } = scene
      session.type('s')
      await session.shows('SQUASH', MEASURED)
      brake.pull()
      session.type('Z')
      await session.shows('COMPRESSION')
      session.type('3')
      await session.shows('with zstd', 'measuring 2/2')
      session.type(KEY.enter)
      await session.shows('writing 2/3', 'Esc cancels')
      await session.until(() => left(directory).length > 1, 'have a file of its own')
      await body(scene, brake)
    },
    { env: brake.env },
  )
}

/** The files in the journey's directory: hidden files too, which is what temporary ones are. */
function left(directory: string): readonly string[] {
  return readdirSync(directory).sort()
}
