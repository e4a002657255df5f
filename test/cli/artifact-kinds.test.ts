import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

describe('kinds that clients write', () => {
  let directory = ''
  let layout = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-kinds-'))
    const annotations = { 'com.github.package.type': 'homebrew_bottle', 'sh.brew.bottle.digest': 'ab' }
    // Homebrew gives its bottles the config of an image.
    const bottle = imageFixture([layerFixture({ 'jq/1.7/bin/jq': 'x' })], { manifest: { annotations } })
    layout = writeLayout(join(directory, 'layout'), { ...ARTIFACT_SAMPLES, jq: bottle })
  })
  after(() => rmSync(directory, { recursive: true }))
  const run = (command: string, name: string, ...args: string[]) => peel([command, `oci:${layout}:${name}`, ...args])

  test('an encrypted blob is one file, and said to be encrypted', async () => {
    const { stdout } = await run('inspect', 'encrypted', '--json')
    const [file] = JSON.parse(stdout).artifact.files
    assert.deepEqual([file.encrypted, file.tree, file.path], [true, false, 'secret.tgz'])
    assert.equal((await run('ls', 'encrypted')).stdout, 'secret.tgz\n')
  })

  test('a bottle of Homebrew says in its annotations what it is', async () => {
    assert.match((await run('inspect', 'jq')).stdout, /annotation +com\.github\.package\.type=homebrew_bottle/)
    assert.match((await run('inspect', 'bottle')).stdout, /annotation +sh\.brew\.bottle\.digest=abc/)
  })

  test('a checkpoint warns of the memory that is in it', async () => {
    assert.match((await run('inspect', 'checkpoint')).stderr, /the memory of its processes, and any secret that was in it/)
  })

  test('VEX has its claims and statuses', async () => {
    const { stdout } = await run('inspect', 'vex', '--json')
    const { predicate } = JSON.parse(stdout).artifact.files[0].summary
    assert.deepEqual([predicate.kind, predicate.claims.length, predicate.statuses], ['vex', 2, { not_affected: 1, fixed: 1 }])
  })
})
