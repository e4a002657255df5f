import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Context } from '../../src/cli/run/context.ts'
import { writePaged } from '../../src/cli/run/paged-output.ts'
import { scratch } from '../kit/image/local-image.ts'

/** The lines that came to the output itself with this environment; lines of a pager go to a file that it writes. */
async function direct(context: TestContext, lines: Iterable<string>, terminal: boolean, env: Readonly<Record<string, string>>) {
  const before = { ...process.env }
  context.after(() => {
    process.env = before
  })
  process.env = { ...before, TERM: 'xterm', ...env }
  const written: string[] = []
  const output = { terminal, writeLines: async (each: Iterable<string>) => void written.push(...each) }
  await writePaged({ output } as unknown as Context, lines)
  return written
}

test('a person’s pager gets every line, and the settings that git gives to less', async context => {
  const file = join(scratch(context), 'paged')
  const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}`)
  const PAGER = `(echo "$LESS $LESSSECURE"; cat) > '${file}'`
  assert.deepEqual(await direct(context, lines, true, { PAGER, LESS: 'S' }), [])
  assert.equal(readFileSync(file, 'utf8'), `S 1\n${lines.join('\n')}\n`)
})

test('a reader who has seen enough ends the writing', async context => {
  let made = 0
  function* endless() {
    for (; made < 300_000; made++) yield 'a line of a text that has no end'
  }
  assert.deepEqual(await direct(context, endless(), true, { PAGER: 'head -c 10 > /dev/null' }), [])
  assert.ok(made < 300_000)
})

test('lines go to the output itself where it is no terminal, or a plain one, or no pager is wanted', async context => {
  const file = join(scratch(context), 'paged')
  const PAGER = `cat > '${file}'`
  const lines = ['one', 'two']
  for (const [terminal, env] of [
    [false, { PAGER }],
    [true, { PAGER, TERM: 'dumb' }],
    [true, { PAGER: '' }],
    [true, { PAGER: 'cat' }],
  ] as const)
    assert.deepEqual(await direct(context, lines, terminal, env), lines)
  assert.ok(!existsSync(file))
})
