import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImageError } from '../src/error.ts'
import { escapeText } from '../src/escape.ts'

test('an error carries its two halves, and its message is made of them', () => {
  const error = new ImageError('BLOB_MISSING', { action: 'read "a: b"', why: 'it is gone: really' })
  assert.equal(error.message, 'Cannot read "a: b": it is gone: really')
  assert.deepEqual([error.action, error.why], ['read "a: b"', 'it is gone: really'])
})

test('a whole message is split at its first colon outside of quotes', () => {
  const cases = [
    ['Cannot read sha256:ab: it is gone', 'read sha256:ab', 'it is gone'],
    ['Cannot set "x: y": "z: " is no value', 'set "x: y"', '"z: " is no value'],
    ['Cannot use "a\\": b": why', 'use "a\\": b"', 'why'],
    ['Interrupted.', '', 'Interrupted.'],
  ] as const
  for (const [message, action, why] of cases) {
    const error = new ImageError('INTERNAL', message)
    assert.deepEqual([error.message, error.action, error.why], [message, action, why])
  }
})

test('the halves add up to the message for every text that a stranger chose', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, why) => {
      const error = new ImageError('NOT_FOUND', { action: `open "${escapeText(name)}"`, why })
      assert.equal(error.message, `Cannot ${error.action}: ${error.why}`)
      assert.equal(error.why, why)
    }),
  )
})

test('the list of error codes is in alphabetical order, and each code is used', () => {
  const list = readFileSync(new URL('../src/error-code.ts', import.meta.url), 'utf8')
  const codes = [...list.matchAll(/^ {2}\| '([A-Z0-9_]+)'$/gm)].map(([, code]) => code)
  assert.ok(codes.length > 150)
  assert.deepEqual(codes, codes.toSorted())
  const root = new URL('../src/', import.meta.url)
  const source = globSync('**/*.{ts,tsx}', { cwd: root })
    .filter(file => file !== 'error-code.ts')
    .map(file => readFileSync(new URL(file, root), 'utf8'))
    .join('\n')
  const used = new Set(source.match(/'[A-Z][A-Z0-9_]+'/g))
  assert.deepEqual(
    codes.filter(code => !used.has(`'${code}'`)),
    [],
  )
})
