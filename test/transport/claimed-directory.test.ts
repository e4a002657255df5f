import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { claimDirectory } from '../../src/transport/cache/claimed-directory.ts'
import { scratch } from '../kit/image/local-image.ts'

const OWN = /^[0-9a-f]+\.entry$/
const TAG = 'CACHEDIR.TAG'

describe('a directory of the cache', () => {
  test('is made with all above it, for this user only, and known again by its mark', context => {
    const directory = join(scratch(context), 'a', 'b')
    assert.equal(claimDirectory(directory, OWN), true)
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    assert.match(readFileSync(join(directory, TAG), 'latin1'), /^Signature: 8a477f597d28d172789f06886806bc55\n/)
    writeFileSync(join(directory, 'strange'), '')
    assert.equal(claimDirectory(directory, OWN), true)
  })

  test('is claimed without the mark where it holds only names of its own', context => {
    const directory = scratch(context)
    writeFileSync(join(directory, 'ab12.entry'), '')
    assert.equal(claimDirectory(directory, OWN), true)
  })

  test('is left alone where it holds anything else, or the mark of another program', context => {
    const [strange, marked] = ['strange', 'marked'].map(name => join(scratch(context), name)) as [string, string]
    for (const each of [strange, marked]) mkdirSync(each)
    writeFileSync(join(strange, 'photo.jpg'), '')
    writeFileSync(join(marked, TAG), 'Signature: 8a477f597d28d172789f06886806bc55\n')
    for (const each of [strange, marked]) assert.equal(claimDirectory(each, OWN), false)
    assert.deepEqual([readdirSync(strange), readdirSync(marked)], [['photo.jpg'], [TAG]])
  })

  test('is no link to one, and its mark is no link', context => {
    const directory = scratch(context)
    const [real, link, leads] = ['real', 'link', 'leads'].map(name => join(directory, name)) as [string, string, string]
    for (const each of [real, leads]) mkdirSync(each)
    symlinkSync(real, link)
    assert.equal(claimDirectory(link, OWN), false)
    symlinkSync(join(directory, 'nowhere'), join(leads, TAG))
    assert.equal(claimDirectory(leads, /./), false)
    assert.deepEqual(readdirSync(directory).sort(), ['leads', 'link', 'real'])
  })

  test('is this user’s', { skip: process.getuid?.() !== 0 && 'only root gives a directory away' }, context => {
    const directory = join(scratch(context), 'other')
    mkdirSync(directory)
    chownSync(directory, 1234, 1234)
    assert.equal(claimDirectory(directory, OWN), false)
    assert.deepEqual(readdirSync(directory), [])
  })
})
