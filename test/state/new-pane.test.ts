import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch } from '../kit/image/local-image.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The steps of the copy with its new pane: opens an image, turns to the tab, goes down one row and presses Enter. */
const SCRIPT = `
import { plainText } from './src/line/line.ts'
import { shownRows } from './src/state/shell/given.ts'
import { footerLines } from './src/state/shell/footer.ts'
import { imageFixture, layerFixture } from './test/kit/image/image-fixture.ts'
import { openedState, play } from './test/kit/state/opened-state.ts'

const config = { config: { Labels: { first: 'one', second: '\\u001b[31mtwo' } } }
const opened = await openedState(imageFixture([layerFixture({ a: '1' })], { config }))
const [state] = play(opened, { type: 'command', command: 'tab', argument: 'labels' })
const rows = shownRows(state, 'labels')
const hints = footerLines(state).map(plainText).join('')
const [after] = play(state, 'j', 'enter')
console.log(JSON.stringify({ rows: rows.slice(0, rows.length).map(row => plainText(row.line)), hints, said: after.message?.text }))
`

test('a pane is added by exactly the lines that CONTRIBUTING.md shows', context => {
  const copy = withPane(context)
  writeFileSync(join(copy, 'script.ts'), SCRIPT)
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'script.ts'], { cwd: copy, encoding: 'utf8' })
  assert.equal(stderr, '')
  const { rows, hints, said } = JSON.parse(stdout)
  assert.deepEqual(rows, ['first', 'second'])
  assert.match(hints, /⏎ value/)
  assert.equal(said, '\\e[31mtwo')
})

test('a key that the pane does not answer does not compile', context => {
  const copy = withPane(context)
  const view = join(copy, 'src/state/layers/labels-view.ts')
  writeFileSync(view, readFileSync(view, 'utf8').replace(/'labels\.enter':.*/, ''))
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  writeFileSync(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, noUnusedLocals: false }, files: ['src/state/shell/command.ts'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', '.'], { cwd: copy, encoding: 'utf8' })
  const errors = stdout.split('\n').filter(line => line.includes('error TS'))
  assert.equal(errors.length, 1, stdout)
  assert.match(errors[0] ?? '', /^src\/state\/layers\/labels-view\.ts.*labels\.enter/)
})

/** A copy of the sources with the pane in it. */
function withPane(context: TestContext): string {
  const recipe = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## A new pane')[1]?.split('\n## ')[0] ?? ''
  const blocks = [...recipe.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const [module = '', key = '', listed = ''] = blocks
  const [, statement = '', row = ''] = /^(import.*\n)([\s\S]*)$/.exec(listed) ?? []
  const copy = scratch(context)
  mkdirSync(join(copy, 'test'))
  for (const part of ['src', 'test/kit', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(join(copy, /^\/\/ (\S+)\n/.exec(module)?.[1] ?? ''), module)
  edit(copy, 'src/state/keys/view-id.ts', /(export const TABS = \[[^\]]*)\]/, "$1, 'labels']")
  edit(copy, 'src/state/keys/layer-keys.ts', /(export const LAYER_KEYS = \[\n)/, `$1${key}`)
  edit(copy, 'src/state/shell/views.ts', /(export const VIEWS[\s\S]*?\n)\}\n/, `${statement}$1${row}}\n`)
  return copy
}

function edit(copy: string, file: string, place: RegExp, text: string): void {
  const before = readFileSync(join(copy, file), 'utf8')
  const after = before.replace(place, text)
  assert.notEqual(after, before, `${file} has changed its shape`)
  writeFileSync(join(copy, file), after)
}
