import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import stringWidth from 'string-width'
import { ROWS } from '../../src/cli/commands.ts'
import { buildOnce } from '../kit/program/peel-command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', cwd: root })
/** A module that is loaded before the program. */
const preload = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`]

describe('how the program starts', () => {
  before(buildOnce)

  test('all commands but the one that draws start from the bundle of the commands', () => {
    const { firstBundle } = createRequire(import.meta.url)('../../bin/first-bundle.cjs') as {
      firstBundle: (args: readonly string[]) => string
    }
    for (const { name } of ROWS) assert.equal(firstBundle([name]), name === 'demo' ? 'interface.js' : 'commands.cjs', name)
    assert.equal(firstBundle(['./image']), 'interface.js')
  })

  test('the code that was compiled when it was built is used, by the program and its threads', () => {
    for (const name of ['commands', 'layer-worker', 'compress-worker', 'proof-worker']) {
      const look = `const { script } = require('./dist/${name}.cjs'); process.on('exit', () => console.error(script.cachedDataRejected))`
      const { stderr } = node('-e', look, '--', name, '--version')
      assert.equal(stderr, 'false\n', name)
    }
  })

  test('a text is as wide as string-width says where its stand-in measures it, beside colours too', () => {
    const measure = createRequire(import.meta.url)('../../bin/text-width.cjs') as (text: string) => number
    for (let code = 0; code < 0x3000; code++) {
      const text = `\u001b[1;36m…${String.fromCharCode(code)}\u001b[0m│`
      assert.equal(measure(text), stringWidth(text), `U+${code.toString(16)}`)
    }
  })

  test('a run leaves nothing behind, neither beside the bundle nor at home', () => {
    const listed = readdirSync(`${root}dist`)
    const home = mkdtempSync(join(tmpdir(), 'peel-start-'))
    try {
      const env = { PATH: process.env['PATH'], HOME: home }
      const { status } = spawnSync(process.execPath, ['bin/peel.js', 'waste', 'demo:', '--no-cache'], { cwd: root, env })
      assert.equal(status, 0)
      assert.deepEqual([readdirSync(home), readdirSync(`${root}dist`)], [[], listed])
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  test('stack traces name the sources where Node is asked for it', () => {
    const trace = preload('process.exit = () => console.error(new Error("where").stack)')
    for (const args of [['schema'], ['--color', 'never', '--version']]) {
      const { stderr } = node('--enable-source-maps', ...trace, 'bin/peel.js', ...args)
      assert.match(stderr, /at .*src\/cli\/main\.ts:4:/)
    }
  })

  test('the bundle of the commands hands over to the interface', () => {
    const [handed, direct] = [node('dist/commands.cjs', 'demo:'), node('bin/peel.js', 'demo:')]
    assert.deepEqual([handed.stdout, handed.stderr], [direct.stdout, ''])
    assert.match(handed.stdout, /compressed · 8 layers/)
  })
})
