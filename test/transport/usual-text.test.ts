import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readSettingsFile } from '../../src/cli/interface/settings-file.ts'
import { loadCheckSettings } from '../../src/session/check/check-settings.ts'
import { readCredentialFile } from '../../src/transport/registry/auth/credential-file.ts'
import { readSettingsText } from '../../src/transport/settings/settings-file.ts'
import { readNamedText } from '../../src/transport/text/pipe.ts'
import { readUsualText } from '../../src/transport/text/usual-text.ts'
import { scratch } from '../kit/image/local-image.ts'

/** Something that no settings are in, at the place of a file of settings: a read of it would wait, or never end. */
const PLACED = {
  fifo: (path: string) => void execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]),
  zeros: (path: string) => symlinkSync('/dev/zero', path),
  nothing: (path: string) => symlinkSync('/dev/null', path),
  directory: (path: string) => mkdirSync(path),
} as const

function placed(context: TestContext, kind: keyof typeof PLACED, name = 'file'): string {
  const path = join(scratch(context), name)
  PLACED[kind](path)
  return path
}

const settingsIn = (directory: string) =>
  loadCheckSettings({ ciConfig: undefined, config: undefined, baseline: undefined, directory })

describe('a file of settings at its usual place is read without waiting and to an end, whatever it is', () => {
  test('its text', context => {
    const path = join(scratch(context), 'file')
    const text = 'é'.repeat(100_000)
    writeFileSync(path, text)
    assert.equal(readUsualText(path), text)
    assert.equal(readUsualText(placed(context, 'fifo')), '')
    assert.equal(readUsualText(placed(context, 'nothing')), '')
    assert.throws(() => readUsualText(placed(context, 'zeros')), /larger than 16/)
    assert.throws(() => readUsualText(placed(context, 'directory')), { code: 'EISDIR' })
    assert.throws(() => readUsualText(join(path, 'below')), { code: 'ENOTDIR' })
  })

  test('credentials, settings of other programs and of the screen', async context => {
    assert.match((await readCredentialFile(placed(context, 'zeros')))?.problem ?? '', /cannot be read \(it is larger than/)
    assert.match((await readCredentialFile(placed(context, 'fifo')))?.problem ?? '', /is not JSON/)
    assert.equal(await readCredentialFile(join(scratch(context), 'none')), undefined)
    await assert.rejects(readSettingsText(placed(context, 'zeros')), { code: 'SETTINGS_INVALID' })
    assert.equal(await readSettingsText(placed(context, 'nothing')), '')
    assert.match(readSettingsFile(placed(context, 'zeros')).problem ?? '', /Cannot read .* larger than/)
  })

  test('one that was named may be a pipe, and waiting for it is given up in the middle', async context => {
    const pipe = placed(context, 'fifo')
    const stop = new AbortController()
    const reading = readNamedText(pipe, stop.signal)
    stop.abort(new Error('stopped'))
    await assert.rejects(reading, /stopped|aborted/)
    const writer = spawn('sh', ['-c', 'echo {} > "$1"', 'sh', pipe])
    assert.equal(await readNamedText(pipe), '{}\n')
    writer.kill()
    await assert.rejects(readNamedText(join(scratch(context), 'none')), { code: 'ENOENT', message: 'there is no such file' })
  })

  test('a named pipe that no program ever opens is waited for so long and no longer', async context => {
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    let isOver = false
    const reading = readNamedText(placed(context, 'fifo')).finally(() => {
      isOver = true
    })
    const refused = assert.rejects(reading, /it is a pipe, and nothing came through it in 30 seconds/)
    while (!isOver) {
      await new Promise(done => setImmediate(done))
      context.mock.timers.tick(1000)
    }
    await refused
  })

  test('one that was named has an end: a device and a pipe that give zeros for ever are refused', async context => {
    await assert.rejects(readNamedText(placed(context, 'zeros')), /it is larger than/)
    const pipe = placed(context, 'fifo')
    const writer = spawn('sh', ['-c', 'exec cat /dev/zero > "$1"', 'sh', pipe])
    context.after(() => writer.kill())
    await assert.rejects(readNamedText(pipe), /it is larger than/)
    await assert.rejects(readNamedText(placed(context, 'directory')), { code: 'EISDIR', message: 'it is a directory' })
    await assert.rejects(readCredentialFile(placed(context, 'zeros'), { required: true }), /in .*: it is larger than/)
  })

  test('rules of a check: those that are there and cannot be read are not passed over', async context => {
    for (const kind of ['zeros', 'directory'] as const) {
      const directory = dirname(placed(context, kind, '.peel.yaml'))
      await assert.rejects(settingsIn(directory), { code: 'SETTINGS_UNREADABLE' })
    }
    assert.equal((await settingsIn(scratch(context))).source, 'the command line')
  })
})
