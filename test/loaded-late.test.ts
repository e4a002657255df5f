import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { imageFixture, layerFixture, writeLayout } from './kit/image/image-fixture.ts'
import { buildOnce } from './kit/program/peel-command.ts'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Commands that look at files and sizes: no secret is looked for, no other tool's words are understood, nothing is drawn. */
const PLAIN = ['cli/main.ts', 'cli/commands/ls.ts', 'cli/commands/waste.ts', 'cli/commands/squash.ts', 'worker/layer-worker.ts']
const LATE = [
  'check/secret/secret-scanner.ts',
  'check/secret/secret-kinds.ts',
  'cli/run/command-guesses.ts',
  'cli/run/copy-guesses.ts',
  'cli/run/edit-guesses.ts',
  'cli/run/look-guesses.ts',
  'cli/run/option-guess.ts',
  'cli/run/option-guesses.ts',
  'transport/registry/client.ts',
  'transport/engine/engine-source.ts',
  'state/keys/keys.ts',
  'tui/run.tsx',
]
/** Parsers of what only a command line names. */
const SETTINGS = ['check/gates/yaml-document.ts', 'check/gates/parse-settings.ts']

/** The modules that are loaded with a file: all that it imports at run time, but for those it loads when they are wanted. */
function loadedWith(file: string): ReadonlySet<string> {
  const loaded = new Set([file])
  for (const each of loaded) {
    const text = readFileSync(join(source, each), 'utf8')
    for (const [statement, path = ''] of text.matchAll(/^(?:im|ex)port\s[^'";]*?from\s+'(\.[^']+)'/gm))
      if (!/^(?:im|ex)port type\b/.test(statement)) loaded.add(normalize(join(dirname(each), path)))
  }
  return loaded
}

describe('modules that few runs use', () => {
  for (const file of PLAIN) {
    test(`are not loaded with ${file}`, () => {
      const loaded = loadedWith(file)
      assert.ok(loaded.size > 20)
      assert.deepEqual(
        LATE.filter(each => loaded.has(each)),
        [],
      )
    })
  }

  test('are not loaded with a check: the interface makes one while keys are answered, and has no settings to read', () => {
    const loaded = loadedWith('session/check/check-image.ts')
    assert.ok(loaded.has('check/engine/rules.ts'))
    assert.deepEqual(
      SETTINGS.filter(each => loaded.has(each)),
      [],
    )
  })

  test('exist', () => {
    for (const each of [...LATE, ...SETTINGS]) assert.ok(readFileSync(join(source, each)).length > 0)
  })
})

/** Modules of Node that take a millisecond each to load, and that the documents of a layout are read without. */
const LATE_OF_NODE = [
  'zlib',
  'internal/fs/promises',
  'internal/fs/streams',
  'internal/webstreams/readablestream',
  'internal/worker',
]
/** Says at its end which modules of Node are loaded. */
const TELLING = 'data:text/javascript,process.once("exit",()=>process.stderr.write("\\nloaded="+process.moduleLoadList.join()))'

test('the documents of a layout are shown without modules of Node that few runs use', () => {
  buildOnce()
  const directory = mkdtempSync(join(tmpdir(), 'peel-test-'))
  try {
    const layout = writeLayout(directory, { only: imageFixture([layerFixture([{ name: 'file', content: 'content' }])]) })
    const peel = fileURLToPath(new URL('../bin/peel.js', import.meta.url))
    const { stderr, status } = spawnSync(process.execPath, ['--import', TELLING, peel, 'inspect', layout], { encoding: 'utf8' })
    const loaded = new Set(stderr.slice(stderr.indexOf('loaded=') + 7).split(','))
    assert.equal(status, 0, stderr)
    assert.ok(loaded.has('NativeModule crypto'))
    assert.deepEqual(
      LATE_OF_NODE.filter(each => loaded.has(`NativeModule ${each}`)),
      [],
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
