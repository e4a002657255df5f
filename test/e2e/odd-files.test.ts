import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { peelInTerminal } from '../kit/program/pty.ts'

/** Odd things that may lie where a file should: each puts itself at a path, which nothing may hang on. */
const ODD: Readonly<Record<string, (path: string, context: TestContext) => Promise<void> | void>> = {
  'a directory': path => mkdirSync(path),
  'a fifo that nobody writes to': path => void run('mkfifo', [path]),
  'a device that never ends': path => symlinkSync('/dev/zero', path),
  'a link to itself': path => symlinkSync(path, path),
  'a socket': async (path, context) => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(path, resolve))
    context.after(() => server.close())
  },
}

const image = imageFixture([layerFixture({ 'etc/motd': 'welcome\n' }), layerFixture({ 'etc/hosts': 'localhost\n' })])
const [config = ''] = [...image.blobs.keys()].filter(
  digest => digest !== image.descriptor.digest && !image.layers.some(layer => layer.digest === digest),
)
const places: Readonly<Record<string, string>> = {
  'a layer': blobPath(image.layers[1]?.digest ?? ''),
  'the config': blobPath(config),
  'the manifest': blobPath(image.descriptor.digest),
  'index.json': 'index.json',
}

function blobPath(digest: string): string {
  return join('blobs', ...digest.split(':'))
}

async function laidOut(context: TestContext, place: string, put: (typeof ODD)[string]): Promise<string> {
  // The path of a socket must be short: the layout lies elsewhere when it is made.
  const layout = writeLayout(join(scratch(context), 'image'), { latest: image })
  const [path, short] = [join(layout, place), join(layout, 'odd')]
  rmSync(path)
  await put(short, context)
  renameSync(short, path)
  return layout
}

describe('what is no file where a file should be', () => {
  for (const [what, put] of Object.entries(ODD)) {
    test(`${what}: every reader says so, none waits`, { timeout: 600_000 }, async context => {
      await Promise.all(
        Object.entries(places).map(async ([name, place]) => {
          const layout = await laidOut(context, place, put)
          for (const command of [['verify'], ['ls', '--layer', '2']]) {
            const { status, stdout, stderr } = await peel([...command, layout], { env: { XDG_CACHE_HOME: layout } })
            const said = `${command.join(' ')} with ${what} as ${name}: ${status} ${stdout}${stderr}`
            assert.doesNotMatch(stdout + stderr, /INTERNAL|mistake in peel/, said)
            // Files can be listed without their config.
            if (name !== 'the config' || command[0] === 'verify') assert.notEqual(status, 0, said)
          }
        }),
      )
      const layout = await laidOut(context, places['a layer'] ?? '', put)
      const session = peelInTerminal([layout], { columns: 120, rows: 30 })
      try {
        await session.shows('not read', '▸ etc')
        session.type('1', 'j')
        await session.shows('unreadable', 'Cannot')
      } finally {
        await session.close()
      }
    })
  }
})
