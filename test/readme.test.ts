import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DESTINATION_FORMS } from '../src/image/destination-form.ts'
import { KEYS } from '../src/state/keys/keys.ts'
import { peel } from './kit/program/peel-command.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const block = (name: string) => readme.split(`## ${name}`)[1]?.split('\n## ')[0] ?? ''

describe('the README', () => {
  test('lists keys as the key table has them', () => {
    const rows = [...block('Ten keys').matchAll(/^\| `(\S+)` \| (.+) \|$/gm)].map(([, key = '', help = '']) => ({ key, help }))
    assert.equal(rows.length, 10)
    for (const { key, help } of rows) {
      assert.ok(
        KEYS.some(binding => binding.keys.includes(key) && binding.help === help),
        `${key}: ${help}`,
      )
    }
  })

  test('lists the ways to write a destination as the table of the code has them', () => {
    for (const { form, means } of DESTINATION_FORMS) assert.ok(readme.includes(`| \`${form}\` | ${means} |`), form)
  })

  test('shows only commands and options that exist', async () => {
    const commands = [...readme.matchAll(/(?:^|[|`] ?)peel ([a-z]+)([^#`\n]*)/gm)].map(([, name = '', rest = '']) => ({
      name,
      rest,
    }))
    assert.ok(commands.length > 12)
    const helps = new Map<string, string>()
    // `help` itself takes topics besides.
    for (const { name, rest } of commands.filter(each => each.name !== 'help')) {
      const help = helps.get(name) ?? (await peel(['help', name])).stdout
      helps.set(name, help)
      assert.match(help, new RegExp(`^Usage: peel ${name} `), name)
      for (const option of rest.match(/--[a-z-]+/g) ?? []) assert.ok(help.includes(option), `peel ${name} ${option}`)
    }
  })

  test('has an example of the engine as a library that runs as it stands', () => {
    const [, example = ''] = block('Development').match(/```ts\n([^`]*(?:`[^`]+`[^`]*)*?)```/) ?? []
    const root = fileURLToPath(new URL('..', import.meta.url))
    const directory = mkdtempSync(join(tmpdir(), 'peel-readme-'))
    try {
      const script = join(directory, 'example.mts')
      writeFileSync(script, example.replaceAll("'./src/", `'${pathToFileURL(root).href}src/`))
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
        encoding: 'utf8',
      })
      assert.equal(stderr, '')
      assert.equal(status, 0)
      assert.match(
        stdout,
        /^\d+ layers, \d+ files, \d+ of \d+ bytes hidden\nlayer \d+ shipped most of them: \S.*\nevery digest is right\n$/,
      )
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
