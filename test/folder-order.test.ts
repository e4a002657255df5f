import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The order of the folders of `src`: a folder imports only what stands before it, however deep it lies. */
const ORDER = `
  . blob layer image overlay filter line format rebuild space list check check/secret check/packages check/rules check/engine compare/noise compare/content compare artifact artifact/summary
  state/model state/browse state/content state/marks state/index state/files state/layers state/ranked state/plan state/shell state/perform
  transport/http transport/registry/auth transport/registry transport transport/engine worker/spool worker
  session/artifact session session/check serve tui/terminal tui cli/run cli/print cli/interface cli/commands cli`
  .trim()
  .split(/\s+/)

const source = fileURLToPath(new URL('../src', import.meta.url))

test('a folder imports only what stands before it in the one order', () => {
  const wrong: string[] = []
  for (const file of globSync('**/*.{ts,tsx}', { cwd: source })) {
    const text = readFileSync(join(source, file), 'utf8')
    for (const [, to = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      const target = relative(source, join(source, dirname(file), to))
      const [here, there] = [ORDER.indexOf(dirname(file)), ORDER.indexOf(dirname(target))]
      if (here < there || (there < 0 && !target.startsWith('..')) || here < 0) wrong.push(`${file} imports ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})
