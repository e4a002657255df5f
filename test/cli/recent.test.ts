import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readRecent, rememberRecent } from '../../src/cli/interface/recent.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-recent-'))
after(() => rmSync(directory, { recursive: true }))

describe('recent images', () => {
  const list = join(directory, 'state', 'recent.json')
  const archive = join(directory, 'app:1.tar')
  writeFileSync(archive, '')

  test('newest first, each once, gone ones left out', () => {
    for (const [at, reference] of [`${archive}:latest`, 'nginx:1', join(directory, 'gone.tar'), archive, 'nginx:1'].entries())
      rememberRecent(list, reference, at)
    assert.deepEqual(readRecent(list), [
      { reference: 'nginx:1', at: 4 },
      { reference: archive, at: 3 },
      { reference: `${archive}:latest`, at: 0 },
    ])
  })

  test('at most twenty, and a damaged list is an empty one', () => {
    for (let at = 0; at < 30; at++) rememberRecent(list, `image:${at}`, at)
    assert.equal(readRecent(list).length, 20)
    writeFileSync(list, '{"reference":')
    assert.deepEqual(readRecent(list), [])
  })
})
