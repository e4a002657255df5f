import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { environmentRows } from '../../src/cli/help/environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter(file => !file.startsWith('src/cli/help/'))
const source = sources.map(file => readFileSync(`${root}/${file}`, 'utf8')).join('\n')

/** Facts about the terminal and the user that nobody sets for peel, and the one option that is looked up before options are read. */
const FACTS = 'HOME TMUX STY SSH_TTY SSH_CONNECTION LC_ALL LC_CTYPE LESS PEEL_JSON'.split(' ')

/** Names in the table that do not stand for an option. */
const listed = environmentRows()
  .filter(({ means }) => !means.startsWith('the default of '))
  .flatMap(({ name }) => name.split(', '))
  .filter(name => !name.endsWith('…'))

test('every variable of the table is read', () => {
  for (const name of listed) assert.ok(new RegExp(`\\b${name}\\b`, 'i').test(source), name)
  assert.ok(listed.every(name => /^[A-Z][A-Z_]+$/.test(name)))
})

test('every variable that is read is in the table', () => {
  const read = [...source.matchAll(/\benv(?:ironment)?\??\.?\['([A-Z][A-Z_]+)'\]/g)].map(([, name = '']) => name)
  const options = environmentRows().map(({ name }) => name)
  const unknown = new Set(read).difference(new Set([...listed, ...options, ...FACTS]))
  assert.deepEqual([...unknown], [])
})

test('each says what it is for', () => {
  for (const { name, means } of environmentRows()) assert.ok(means.length > 10, name)
})
