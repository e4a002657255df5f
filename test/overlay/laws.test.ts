import { describe, test } from 'node:test'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { LAWS, runLaw } from './laws.ts'

describe('random images', () => {
  for (const [name, law] of Object.entries(LAWS)) test(name, () => runLaw(law, 150))
})

describe('images that a hundred thousand found', () => {
  const lower: EntryFixture[] = [{ type: 'directory', path: 'a/b', mode: 0o644 }]
  const opaque: EntryFixture = { type: 'opaque', path: 'a' }
  const file: EntryFixture = { type: 'file', path: 'a/b/c', content: '' }
  for (const [order, upper] of [
    ['before', [opaque, file]],
    ['after', [file, opaque]],
  ] as const)
    for (const [name, law] of Object.entries(LAWS))
      test(`a parent that no layer lists, its directory hidden ${order} it: ${name}`, () => law([lower, upper]))

  const linked: EntryFixture[] = [
    { type: 'symlink', path: 'a', target: 'b/..' },
    { type: 'file', path: 'c/c', content: '' },
    { type: 'hardlink', path: 'a', target: 'a/c' },
  ]
  for (const [name, law] of Object.entries(LAWS))
    test(`a link whose target is a directory in the layer alone: ${name}`, () =>
      law([[{ type: 'symlink', path: 'b', target: 'c/a/a/..' }], linked]))
})
