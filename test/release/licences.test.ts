import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildOnce } from '../kit/program/peel-command.ts'

test('every package whose code is in dist/ has its licence there, with whose it is', () => {
  buildOnce()
  const text = readFileSync(new URL('../../dist/LICENSES.txt', import.meta.url), 'utf8')
  const packages = JSON.parse(readFileSync(new URL('../../dist/packages.json', import.meta.url), 'utf8'))
  const [, ...parts] = text.split(/^(?=@?[\w./@-]+ \d[\w.-]* \([\w.-]+\)$)/m)
  assert.equal(parts.length, packages.length)
  for (const part of parts) {
    const [name = ''] = part.split('\n')
    if (!name.endsWith('(CC0-1.0)')) assert.match(part, /\(c\)|copyright/i, name)
    if (name.endsWith('(MIT)')) assert.match(part, /Permission is hereby granted/, name)
  }
})
