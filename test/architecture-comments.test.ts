import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import jsTokens from 'js-tokens'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Words that begin a comment whose subject is no thing of the code (CONTRIBUTING.md, "Rules the tests hold"). */
const NO_THING = /^(?:\/\/|\/\*\*?)[\s*]*(?:What|Who|Whatever|Whoever|Nobody|Somebody)\b/

function wrongComments(file: string, text: string): string[] {
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const wrong: string[] = []
  let offset = 0
  for (const { type, value } of jsTokens(text, { jsx: false })) {
    if (/Comment$/.test(type) && NO_THING.test(value)) wrong.push(`${file}:${lineOf(offset)} ${value}`)
    offset += value.length
  }
  return wrong
}

test('a comment begins with a thing of the code, not with "what", "who" or "nobody"', () => {
  const files = globSync('{src,test,bin}/**/*.{ts,tsx,js,cjs}', { cwd: root })
  assert.ok(files.length > 1000)
  const wrong = files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return /What|Who|Nobody|Somebody/.test(text) ? wrongComments(file, text) : []
  })
  assert.deepEqual(wrong, [])
})

test('such a comment is found in every form, and a text that looks like one is not', () => {
  const found = [
    '// What it is',
    '/** Who asks */',
    '/**\n * Nobody knows\n */',
    "'// What'",
    '// A thing: What it is',
    '// Whole',
  ]
  assert.deepEqual(
    found.map(text => wrongComments('f.ts', text).length),
    [1, 1, 1, 0, 0, 0],
  )
})
