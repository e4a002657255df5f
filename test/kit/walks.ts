/**
 * `npm run walks [-- [--list] [DIR]]`: how much of the source runs for five questions: files and functions of `src`, by V8's own count.
 * A function counts that was called at least once, in any thread; the code of a module outside of its functions does not. `DIR` is
 * another checkout to compare with, whose packages are installed; `--list` names the files too. Each walk begins without caches.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { footerLines } from '../../src/state/shell/footer.ts'
import { headerLine } from '../../src/state/shell/header.ts'
import { layout, paneLines } from '../../src/state/shell/pane.ts'
import { layerFixture } from './image/image-fixture.ts'
import { TestRegistry } from './registry/test-registry.ts'
import { readImageState } from './state/read-image-state.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { list: { type: 'boolean' } } })
const here = fileURLToPath(new URL('../..', import.meta.url))
const root = resolve(positionals[0] ?? here)
const directory = mkdtempSync(join(tmpdir(), 'peel-walks-'))
const registry = await TestRegistry.start()
let runs = 0

try {
  const image = `docker://${registry.host}/weather:1`
  await runOf(here, 'copy', 'demo:', image)
  report('waste of a registry image', await runOf(root, 'waste', image, '--json'))
  if (root === resolve(here)) report('a key', await keyWalk())
  report('squash into a layout', await runOf(root, 'squash', 'demo:', `oci:${join(directory, 'squashed')}:1`))
  report('squash into a registry', await runOf(root, 'squash', 'demo:', `docker://${registry.host}/squashed:1`))
  report('ls', await runOf(root, 'ls', 'demo:', '--json'))
} finally {
  await registry.close()
  rmSync(directory, { recursive: true, force: true })
}

/** The functions that a command calls, by file. @throws Error where the command fails */
async function runOf(tree: string, ...args: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const own = join(directory, String(runs++))
  const coverage = join(own, 'coverage')
  mkdirSync(coverage, { recursive: true })
  const kept = Object.fromEntries(['CACHE', 'CONFIG', 'DATA', 'STATE'].map(name => [`XDG_${name}_HOME`, join(own, name)]))
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: tree,
    env: { PATH: process.env['PATH'], HOME: own, ...kept, NODE_V8_COVERAGE: coverage },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const status = await new Promise(done => child.once('close', done))
  if (status !== 0) throw new Error(`Cannot measure ${args.join(' ')}: it ended with ${status}`)
  const counts = readdirSync(coverage).map(file => JSON.parse(readFileSync(join(coverage, file), 'utf8')).result)
  return called(tree, counts.flat())
}

/** The functions that run from a key to the lines on the screen, with an image whose layers are read. */
async function keyWalk(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { state, play } = await readImageState([layerFixture({ a: '1', b: '2' }), layerFixture({ a: '3' })])
  const draw = (shown: typeof state) => [
    headerLine(shown),
    ...layout(shown).panes.flatMap(area => paneLines(shown, area)),
    ...footerLines(shown),
  ]
  draw(state)
  using session = { inspector: new Session(), [Symbol.dispose]: () => session.inspector.disconnect() }
  const { inspector } = session
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  // Loading the modules is no part of the key's walk.
  await inspector.post('Profiler.takePreciseCoverage')
  draw(play(state, 'j'))
  const { result } = await inspector.post('Profiler.takePreciseCoverage')
  return called(here, result)
}

function called(tree: string, scripts: readonly Profiler.ScriptCoverage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const prefix = pathToFileURL(join(tree, 'src/')).href
  const files = new Map<string, Set<string>>()
  for (const { url, functions } of scripts) {
    if (!url.startsWith(prefix)) continue
    const names = functions
      // A module itself begins at 0, and so does what a loader puts around it.
      .filter(({ ranges: [whole] }) => whole !== undefined && whole.count > 0 && whole.startOffset > 0)
      .map(({ functionName, ranges: [whole] }) => `${functionName}:${whole?.startOffset}`)
    const file = url.slice(prefix.length).replace(/\?.*$/, '')
    if (names.length > 0) files.set(file, new Set([...(files.get(file) ?? []), ...names]))
  }
  return files
}

function report(name: string, files: ReadonlyMap<string, ReadonlySet<string>>): void {
  const functions = [...files.values()].reduce((sum, names) => sum + names.size, 0)
  console.log(`${name.padEnd(28)} ${String(files.size).padStart(4)} files ${String(functions).padStart(5)} functions`)
  if (values.list === true) for (const [file, names] of [...files].sort()) console.log(`  ${file} ${names.size}`)
}
