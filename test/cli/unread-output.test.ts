import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createOutput } from '../../src/cli/run/output.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { buildOnce } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-unread-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** A terabyte of nothing in a few hundred bytes. */
const HUGE = {
  name: 'huge',
  content: '0\n'.padEnd(512, '\0'),
  pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'huge', 'GNU.sparse.realsize': `${2 ** 40}` },
}
const files = Array.from({ length: 4000 }, (_, index) => ({ name: `directory/of/many/names/that/are/not/short/${index}` }))
const layout = writeLayout(join(directory, 'layout'), {
  t: imageFixture([layerFixture([HUGE, ...files, { name: 'noise', content: noise(4_000_000) }])]),
})

describe('output that nobody reads', () => {
  for (const [words, ...args] of [
    ['cat of a sparse file', 'cat', layout, 'huge'],
    ['ls', 'ls', layout],
    ['JSON', 'ls', layout, '--json', '--sort', 'size'],
    ['a tar of the tree', 'extract', layout, 'noise', '-'],
    ['an archive', 'copy', layout, '-'],
  ] as const)
    test(`${words} ends with a signal all the same`, async () => {
      buildOnce()
      const temporary = mkdtempSync(join(directory, 'tmp-'))
      const program = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))
      const env = { ...process.env, TMPDIR: temporary, XDG_CACHE_HOME: join(directory, 'cache') }
      const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      // One piece is taken, so that the output has begun: what follows fills the pipe.
      await once(child.stdout, 'readable')
      child.kill('SIGINT')
      const [status] = await once(child, 'exit')
      child.stdout.destroy()
      assert.equal(status, 130)
      assert.deepEqual(readdirSync(temporary), [])
    })

  // A write to a file is done before it returns.
  const file = new Writable({ write: (_chunk, _encoding, done) => done(), highWaterMark: 2 ** 30 })

  test('bytes that go to a file are written in turns, between which signals are heard', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort('SIGINT'), 1)
    const output = createOutput(file as unknown as NodeJS.WriteStream, { signal: stop.signal })
    const bytes = Buffer.alloc(1000)
    const most = async () => {
      for (let written = 0; written < 200_000; written++) await output.write(bytes)
    }
    await assert.rejects(most(), reason => reason === 'SIGINT')
  })

  test('lines that go to a file are made in turns, between which signals are heard', async () => {
    const endless = function* (line: string | undefined) {
      for (;;) yield line
    }
    for (const line of ['a line', undefined]) {
      const stop = new AbortController()
      setTimeout(() => stop.abort('SIGINT'), 1)
      const output = createOutput(file as unknown as NodeJS.WriteStream, { signal: stop.signal })
      await assert.rejects(output.writeLines(endless(line)), reason => reason === 'SIGINT')
    }
  })
})
