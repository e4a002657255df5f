import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { newPlaces, readRecent, recentPath, rememberRecent } from '../../src/cli/interface/recent.ts'

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

  test('are kept in the state directory of the environment, else in the usual one', () => {
    assert.equal(recentPath({ XDG_STATE_HOME: '/s' }), '/s/peel/recent.json')
    for (const env of [{}, { XDG_STATE_HOME: '' }])
      assert.equal(recentPath(env), join(homedir(), '.local/state/peel/recent.json'))
  })

  test('a reference by digest is of the file that it begins with; an entry that is no image is left out', () => {
    const entries = [
      { reference: `${archive}@sha256:0`, at: 1 },
      { reference: 7, at: 1 },
      { reference: 'x' },
      null,
      { reference: `${join(directory, 'gone')}:1`, at: 1 },
    ]
    writeFileSync(list, JSON.stringify(entries))
    assert.deepEqual(readRecent(list), [{ reference: `${archive}@sha256:0`, at: 1 }])
    writeFileSync(list, '{}')
    assert.deepEqual(readRecent(list), [])
  })

  test('places of the directory come before them and are not listed twice', () => {
    const recent = ['nginx:1', `${archive}:latest`, join(directory, 'other.tar')]
    assert.deepEqual(newPlaces([archive], recent), [archive, 'nginx:1', join(directory, 'other.tar')])
  })

  test('at most twenty, and a damaged list is an empty one', () => {
    for (let at = 0; at < 30; at++) rememberRecent(list, `image:${at}`, at)
    assert.equal(readRecent(list).length, 20)
    writeFileSync(list, '{"reference":')
    assert.deepEqual(readRecent(list), [])
  })
})
