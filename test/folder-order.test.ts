import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The order of the folders of `src`: a folder imports only what stands before it, however deep it lies. */
const ORDER = `
  .
  blob/stream
  blob
  layer
  image
  overlay
  filter
  line
  format
  rebuild
  space
  list
  check
  check/secret
  check/packages
  check/rules
  check/engine
  check/advice
  check/gates
  check/dockerfile
  check/explain
  make
  compare/content
  compare/noise
  compare
  artifact
  artifact/summary
  artifact/soci
  artifact/filesystem
  state/keys
  state/model
  state/reading
  state/browse
  state/content
  state/marks
  state/index
  state/files
  state/layers
  state/ranked
  state/findings
  state/story
  state/preview
  state/treemap
  state/compare
  state/shared
  state/serving
  state/plan
  state/shell
  state/perform
  transport/text
  transport/cache
  transport/http
  transport/model
  transport/registry/auth
  transport/registry
  transport/settings
  transport
  transport/engine
  worker/spool
  worker/soci
  worker/reading
  worker
  session/artifact
  session
  session/write
  session/make
  session/soci
  session/referrer
  session/copy
  session/check
  session/usage
  session/search
  serve
  serve/proxy
  tui/terminal
  tui
  cli/run
  cli/help
  cli/schema
  cli/print
  cli/interface
  cli/commands
  cli`
  .trim()
  .split(/\s+/)

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Imports of one file, of the folder order's point of view: what is wrong about each, if anything is. */
function wrongImports(file: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].flatMap(([, to = '']) => {
    const target = relative(source, join(source, dirname(file), to))
    const [here, there] = [ORDER.indexOf(dirname(file)), ORDER.indexOf(dirname(target))]
    return here < there || (there < 0 && !target.startsWith('..')) || here < 0 ? [`${file} imports ${target}`] : []
  })
}

test('a folder imports only what stands before it in the one order', () => {
  const files = globSync('**/*.{ts,tsx}', { cwd: source })
  assert.deepEqual(
    files.flatMap(file => wrongImports(file, readFileSync(join(source, file), 'utf8'))),
    [],
  )
})

test('an import against the order, or of a folder that has no place in it, is found', () => {
  const found = (to: string) => wrongImports('layer/entry.ts', `import { x } from '${to}'`)
  assert.deepEqual(found('../blob/tar.ts'), [])
  assert.deepEqual(found('../../package.json'), [])
  assert.deepEqual(found('../overlay/tree.ts'), ['layer/entry.ts imports overlay/tree.ts'])
  assert.deepEqual(found('./deep/strange.ts'), ['layer/entry.ts imports layer/deep/strange.ts'])
})
