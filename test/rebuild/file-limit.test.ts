import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fullDisk, isFull } from '../../src/worker/spool/full-disk.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { buildOnce } from '../kit/program/peel-command.ts'

const PEEL = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))

test('a limit of file sizes (ulimit -f) is one clear error, and nothing stays', context => {
  buildOnce()
  const directory = scratch(context)
  const layers = [layerFixture({ big: { content: randomBytes(3 << 20) } }), layerFixture({ small: '1' })]
  const source = `oci:${writeLayout(join(directory, 'source'), { x: imageFixture(layers) })}:x`
  for (const destination of [`oci:${join(directory, 'out')}:x`, `docker-archive:${join(directory, 'out.tar')}:x`]) {
    const command = 'ulimit -f 1500 && exec "$@"'
    const peel = [process.execPath, PEEL, 'squash', source, destination]
    const { status, stderr } = spawnSync('bash', ['-c', command, 'bash', ...peel], {
      encoding: 'utf8',
      env: { ...process.env, XDG_CACHE_HOME: join(directory, 'cache'), TMPDIR: directory },
    })
    assert.equal(status, 3, stderr)
    assert.match(stderr, /^peel: Cannot .*: no (?:temporary )?file may be that large.*\nRaise the limit \(ulimit -f unlimited\)/)
    assert.deepEqual(
      readdirSync(directory).filter(name => name !== 'cache'),
      ['source'],
    )
  }
  const extract = [
    '-c',
    'ulimit -f 1500 && exec "$@"',
    'bash',
    process.execPath,
    PEEL,
    'extract',
    source,
    '/',
    join(directory, 'tree'),
    '--no-cache',
  ]
  const { status, stderr } = spawnSync('bash', extract, { encoding: 'utf8', env: { ...process.env, TMPDIR: directory } })
  assert.equal(status, 3, stderr)
  assert.match(stderr, /^peel: Cannot extract "big": the file is larger than the file system or ulimit -f allows$/m)
  assert.deepEqual(
    readdirSync(directory).filter(name => name !== 'cache'),
    ['source'],
  )
})

test('what the system says of room is one kind of error', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
    const thrown = Object.assign(new Error(code), { code })
    assert.ok(isFull(thrown))
    assert.equal(fullDisk('write the layer', thrown).code, 'NO_SPACE')
  }
  assert.ok(!isFull(new Error('EFBIG')))
})
