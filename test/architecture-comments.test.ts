import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import jsTokens from 'js-tokens'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Words that begin a comment whose subject is no thing of the code (CONTRIBUTING.md, "Rules the tests hold"). */
const NO_THING = /^(?:\/\/|\/\*\*?)[\s*]*(?:What|Who|Whatever|Whoever|Nobody|Somebody)\b/
/** A later sentence or half of a comment with such a subject: "; what is left is sent". */
const NO_THING_LATER = /[.;] (?:What|Who|Whatever|Whoever) /i
/** Persons without a name, anywhere: the sentence names the caller, the user, the client, the process instead. */
const NO_PERSON = /\b(?:nobody|whoever|somebody|anybody|anyone|everybody|everyone|someone|no one)\b/i

/** Comments, and texts for people: literals with a blank in them. */
function wrongProse(file: string, text: string): string[] {
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const wrong: string[] = []
  let offset = 0
  for (const { type, value } of jsTokens(text, { jsx: false })) {
    const isComment = /Comment$/.test(type)
    const isText = /^(?:String|NoSubstitutionTemplate|Template)/.test(type) && value.includes(' ')
    const line = value.replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ')
    if (isComment && (NO_THING.test(value) || NO_THING_LATER.test(line))) wrong.push(`${file}:${lineOf(offset)} ${value}`)
    else if ((isComment || isText) && NO_PERSON.test(line)) wrong.push(`${file}:${lineOf(offset)} ${value}`)
    offset += value.length
  }
  return wrong
}

test('the subject of a comment or a message is a thing, not "what", "who" or "nobody"', () => {
  // Of the tests' own texts some are what a user or a registry would say.
  const files = globSync('{src,bin}/**/*.{ts,tsx,js,cjs}', { cwd: root })
  assert.ok(files.length > 700)
  const wrong = files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return /what|who/i.test(text) || NO_PERSON.test(text) ? wrongProse(file, text) : []
  })
  assert.deepEqual(wrong, [])
})

test('the documentation names no person without a name either', () => {
  const pages = globSync('{*.md,docs/**/*.md}', { cwd: root }).filter(page => !/^(?:CHANGELOG|CONTRIBUTING)\.md$/.test(page))
  assert.ok(pages.length > 10)
  const wrong = pages.flatMap(page =>
    readFileSync(join(root, page), 'utf8')
      .split('\n')
      .flatMap((line, index) => (NO_PERSON.test(line) ? [`${page}:${index + 1} ${line}`] : [])),
  )
  assert.deepEqual(wrong, [])
})

test('a comment of the tests begins with a thing', () => {
  const wrong = globSync('test/**/*.{ts,tsx,js,cjs}', { cwd: root }).flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return /What|Who|Nobody|Somebody/.test(text)
      ? wrongProse(file, text).filter(found => NO_THING.test(found.replace(/^\S+ /, '')))
      : []
  })
  assert.deepEqual(wrong, [])
})

test('such prose is found in every form, and a text that looks like it is not', () => {
  const found = [
    '// What it is',
    '/** Who asks */',
    '/**\n * Nobody knows\n */',
    '// A line that nobody reads',
    "'for whoever reads it'",
    '/**\n * All is sent; what\n * is left stays.\n */',
    '`to $' + '{name}, and to no one else`',
    "'// What'",
    "'nobody'",
    '// A thing: What it is',
    '// Whole',
    'const NOBODY = -2',
  ]
  assert.deepEqual(
    found.map(text => wrongProse('f.ts', text).length),
    [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  )
})
