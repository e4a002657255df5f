import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { SCHEMA_NAMES, schemaOf } from '../../src/cli/schema/schemas.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-schema-'))
const [whole, small, other] = [`oci:${directory}/l:whole`, `oci:${directory}/l:small`, `oci:${directory}/l:other`]
const options = { env: { XDG_DATA_HOME: directory, PEEL_PLATFORM: 'linux/amd64' } }
/** Command lines whose output each schema describes; a schema without one fails below. */
const LINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  inspect: [['demo:'], ['demo:', '--layers']].map(rest => ['inspect', ...rest]),
  'inspect-shared': [['inspect', whole, other, '--shared']],
  ls: [
    ['ls', 'demo:'],
    ['ls', 'demo:', '--layer', '6'],
    ['ls', 'demo:', '--layer', '1'],
  ],
  waste: [
    ['waste', 'demo:'],
    ['waste', 'demo:', '--top', '2', '--dry-run-squash'],
  ],
  diff: [
    ['diff', whole, small],
    ['diff', 'demo:', '2..3'],
    ['diff', whole, whole],
    ['diff', whole, other, '--top', '1'],
  ],
  history: [['history', 'demo:']],
  verify: [['verify', 'demo:']],
  tags: [['tags', `oci:${directory}/l`]],
  referrers: [['referrers', whole]],
  search: [['search', 'weather', '--in', `${directory}/l`]],
  squash: [
    ['squash', 'demo:', `oci:${directory}/l:again`, '--layers', '2..3'],
    ['squash', 'demo:', `oci:${directory}/l:planned`, '--remove', 'app/cache', '--dry-run'],
  ],
  copy: [['copy', whole, `oci:${directory}/copied:1`]],
  check: [
    ['check', 'demo:', '--advice'],
    ['check', 'demo:', whole],
  ],
  'check-summary': [['check', 'demo:', '--format', 'summary']],
  build: [['build', `oci:${directory}/l:built`, '--add', `${import.meta.filename}:/a`]],
  index: [['index', 'create', `oci:${directory}/l:index`, whole]],
  rebase: [['rebase', other, `oci:${directory}/l:rebased`, '--new-base', small, '--old-base', whole]],
  usage: [['usage', `oci:${directory}/l`, '--match', '*']],
  prune: [['prune', `oci:${directory}/l`]],
  cache: [['cache', 'size']],
  error: [['ls', 'oci:/nowhere'], ['nonsense-command']],
}
/** A registry would be needed: its shape is held in test/cli/catalog. */
const ELSEWHERE = ['catalog']

describe('schemas of the output', () => {
  before(async () => {
    await peel(['copy', 'demo:', whole], options)
    await peel(['squash', 'demo:', small], options)
    await peel(['build', other, '--from', whole, '--add', `${import.meta.filename}:/added`], options)
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  for (const name of SCHEMA_NAMES.filter(each => !ELSEWHERE.includes(each))) {
    test(`${name}: what the program prints is of the shape it says`, async () => {
      const validate = new Ajv2020({ allErrors: true }).compile(schemaOf(name) ?? {})
      const lines = LINES[name] ?? []
      assert.ok(lines.length > 0, 'no command line')
      for (const line of lines) {
        const { stdout, stderr } = await peel([...line, ...(name === 'check-summary' ? [] : ['--json'])], options)
        const values = name === 'ls' ? stdout.trim().split('\n') : [stdout]
        for (const value of values) {
          assert.ok(validate(JSON.parse(value)), `${line.join(' ')}: ${JSON.stringify(validate.errors?.slice(0, 4))} ${stderr}`)
        }
      }
    })
  }

  test('a schema is printed by its name, and a field that none tells of is refused', async () => {
    const { stdout } = await peel(['schema', 'cache'])
    const validate = new Ajv2020().compile(JSON.parse(stdout) as object)
    assert.equal(validate({ directory: '/', bytes: 0, files: 0 }), true)
    assert.equal(validate({ directory: '/', bytes: 0, files: 0, more: 1 }), false)
    assert.equal(validate({ directory: '/', bytes: -1, files: 0 }), false)
    const unknown = await peel(['schema', 'nothing'])
    assert.deepEqual([unknown.status, unknown.stdout], [2, ''])
    assert.match(unknown.stderr, /"peel schema" lists the names/)
  })
})
