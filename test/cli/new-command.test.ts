import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch } from '../kit/image/local-image.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('a command is added by exactly the lines that CONTRIBUTING.md shows', context => {
  const recipe = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## A new command')[1]?.split('\n## ')[0] ?? ''
  const [module = '', row = ''] = [...recipe.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const file = /^\/\/ (\S+)\n/.exec(module)?.[1] ?? ''
  const copy = scratch(context)
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
  cpSync(join(root, 'package.json'), join(copy, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(join(copy, file), module)
  const table = join(copy, 'src/cli/commands.ts')
  const rows = readFileSync(table, 'utf8')
  writeFileSync(table, rows.replace(/\n\]\n/, `\n${row}]\n`))
  const peel = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], { cwd: copy, encoding: 'utf8' })
  const { stdout, stderr } = peel('count', 'demo:')
  assert.match(stdout, /^\d+ files\n$/, stderr)
  assert.match(peel('--help').stdout, /\bcount +count the files/)
})
