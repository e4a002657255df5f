// Bundles the program into dist/: the commands in one file, the interface in modules (Ink can only be loaded as modules), one
// file for each kind of worker. V8's code of the commands and workers is kept beside them (bin/run-bundle.cjs).
// `--if-stale` builds only when a source is newer than the bundle.
// A namespace import: an older Node lacks some of these names and would stop with a SyntaxError before the check below.
import * as childProcess from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { fileURLToPath } from 'node:url'
import { bundledPackages, licenceTexts } from './bundled-packages.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  // `npm ci` on an old system Node still has node_modules/.bin/node (24) first on its PATH; --omit=dev has not.
  console.error(
    `peel: this is Node ${process.versions.node}; 22.19 or newer is needed to build (npm ci without --omit=dev brings one).`,
  )
  process.exit(process.env.npm_lifecycle_event === 'prepare' ? 0 : 1)
}

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0)

const esbuild = await import('esbuild').catch(() => undefined)
if (esbuild === undefined) {
  console.error('peel: not built, esbuild is not installed (npm ci --omit=dev leaves it out).')
  process.exit(0)
}

// Built beside and swapped in: a process that runs the old bundle, or another build at the same time, never sees half of one.
const fresh = `dist.new-${process.pid}`
const common = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
}

/** By the names under which they are started: bin/peel.js and src/worker/request-thread.ts. */
const bundles = {
  commands: 'src/cli/main.ts',
  'layer-worker': 'src/worker/layer-worker.ts',
  'compress-worker': 'src/worker/compress-worker.ts',
  'proof-worker': 'src/worker/proof-worker.ts',
  'ztoc-worker': 'src/worker/ztoc-worker.ts',
  'content-worker': 'src/worker/content-worker.ts',
}

/** A third of all code, and only registries and engines need it. */
const undiciApart = standIn(/^undici$/, "module.exports = require('./undici.cjs')")
/** Few filters have a regular expression. */
const expressionsApart = standIn(/^re2js$/, "module.exports = { get RE2JS() { return require('./re2js.cjs').RE2JS } }")
const widthsApart = standIn(/^string-width$/, fs.readFileSync(`${root}bin/text-width.cjs`, 'utf8'))
/** Ink asks for the devtools only in development. */
const noDevtools = standIn(/^react-devtools-core$/, 'export default {}')
/** Yoga asks `fetch` for the code that lies in the bundle, which loads all that Node has for it; without, it decodes that code itself. */
const withoutFetch = { fetch: 'undefined' }
/** No command gets here that bin/peel.js starts from its bundle; one that does starts over in the other, which ends the process. */
const interfaceApart = standIn(
  /\/interactive\.ts$/,
  "module.exports = { interactive: () => (require('./interface.js'), new Promise(() => {})) }",
)
/** Node's own modules that take milliseconds to load, and that few runs need: loaded when something of them is used. */
const lateBuiltins = ['node:child_process', 'node:fs/promises', 'node:stream/web', 'node:worker_threads', 'node:zlib'].map(
  name => {
    const names = Object.keys(process.getBuiltinModule(name)).map(each => `get ${each}() { return load().${each} }`)
    const load = `let known; const load = () => (known ??= process.getBuiltinModule('${name}'))`
    return standIn(new RegExp(`^(node:)?${name.slice(5)}$`), `${load}; module.exports = { ${names.join(', ')} }`)
  },
)

const commands = await esbuild.build({
  ...common,
  format: 'cjs',
  entryPoints: bundles,
  outExtension: { '.js': '.bundle.cjs' },
  define: { ...common.define, 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [undiciApart, expressionsApart, widthsApart, interfaceApart, ...lateBuiltins],
})
/** The part of undici that src/transport asks for: its `fetch`, WebSockets, caches and HTTP/2 take longer to load than all the rest. */
const undici = `
  exports.Agent = require('undici/lib/dispatcher/agent')
  exports.Client = require('undici/lib/dispatcher/client')
  exports.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent')
  exports.buildConnector = require('undici/lib/core/connect')
  Object.assign(require('undici/lib/dispatcher/dispatcher').prototype, require('undici/lib/api'))`
const apart = []
for (const [name, contents] of [
  ['undici', undici],
  ['re2js', `module.exports = require('re2js')`],
  ['string-width', fs.readFileSync(`${root}bin/string-width.cjs`, 'utf8')],
]) {
  const { metafile } = await esbuild.build({
    ...common,
    format: 'cjs',
    stdin: { contents, resolveDir: root },
    entryNames: name,
    outExtension: { '.js': '.cjs' },
    plugins: [standIn(/\/client-h2\.js$/, 'module.exports = undefined')],
  })
  apart.push(metafile)
}
// In modules that are loaded late: as one file it takes 7 MB more, and no less time until the first frame on a machine at rest.
const screen = await esbuild.build({
  ...common,
  format: 'esm',
  entryPoints: { interface: 'src/cli/main.ts' },
  splitting: true,
  define: { ...common.define, ...withoutFetch },
  plugins: [undiciApart, expressionsApart, widthsApart, noDevtools],
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: "import { createRequire as __peelRequire } from 'node:module'; const require = __peelRequire(import.meta.url);" },
})
const packages = bundledPackages(root, [commands.metafile, ...apart, screen.metafile])
fs.writeFileSync(`${root}${fresh}/LICENSES.txt`, licenceTexts(packages))
fs.writeFileSync(`${root}${fresh}/packages.json`, JSON.stringify(packages.map(({ text, ...rest }) => rest)))
keepCode()

const old = `${root}dist.old-${process.pid}`
try {
  fs.renameSync(`${root}dist`, old)
} catch {
  // There was none, or another build has just taken it away.
}
try {
  fs.renameSync(`${root}${fresh}`, `${root}dist`)
} catch {
  // Another build was quicker; its bundle is as new.
  fs.rmSync(`${root}${fresh}`, { recursive: true, force: true })
}
fs.rmSync(old, { recursive: true, force: true })

/** Something else under a module's name; its own loads from `dist` are resolved when it runs. */
function standIn(filter, contents) {
  return {
    name: `stand-in ${filter}`,
    setup(build) {
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: String(filter) }))
      build.onResolve({ filter: /^\.\//, namespace: String(filter) }, ({ path }) => ({ path, external: true }))
      build.onLoad({ filter: /.*/, namespace: String(filter) }, () => ({ contents }))
    },
  }
}

/** Runs what people run, over the built-in image, so that V8 has compiled what they need. The program does without where this fails. */
function keepCode() {
  const starter = `${root}bin/run-bundle.cjs`
  const recorder = `${fs.readFileSync(starter)}\nrequire(${JSON.stringify(`${root}bin/record-code.cjs`)}).record(exports)\n`
  for (const name of Object.keys(bundles)) fs.writeFileSync(`${root}${fresh}/${name}.cjs`, recorder)
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/peel-build-`)
  const image = `oci:${scratch}/image`
  const zstd = `oci:${scratch}/zstd`
  const lines = [
    ['squash', 'demo:', image, '--layers', '1..2'],
    ['squash', 'demo:', zstd, '--layers', '1..2', '--compress', 'zstd'],
    ['inspect', image, '--layers', '--json'],
    ['waste', image, '--json'],
    ['ls', image],
    ['cat', image, 'etc/os-release'],
    ['cat', zstd, 'etc/os-release'],
  ]
  for (const line of lines) {
    const { status, stderr } = childProcess.spawnSync(process.execPath, [`${root}${fresh}/commands.cjs`, ...line], {
      env: { ...process.env, XDG_CACHE_HOME: scratch, NODE_OPTIONS: '', PEEL_RECORDS_CODE: '1' },
      encoding: 'utf8',
      timeout: 60_000,
    })
    // Writing images takes long anyway; its code would only be more to read for the other commands. Its threads' code is kept.
    if (line[0] === 'squash') fs.rmSync(`${root}${fresh}/commands.bundle.cjs.${process.version}-${process.arch}`, { force: true })
    if (status !== 0) console.error(`peel: built without compiled code: ${line.join(' ')}: ${stderr}`)
  }
  fs.rmSync(scratch, { recursive: true, force: true })
  for (const name of Object.keys(bundles)) fs.copyFileSync(starter, `${root}${fresh}/${name}.cjs`)
  fs.copyFileSync(`${root}bin/kept-code.cjs`, `${root}${fresh}/kept-code.cjs`)
}

function isFresh() {
  const builtAt = fs.statSync(`${root}dist/commands.cjs`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [
    ...fs.globSync('src/**/*.{ts,tsx}', { cwd: root }),
    ...fs.globSync('bin/*', { cwd: root }),
    'package.json',
    'package-lock.json',
  ]
  return sources.every(file => (fs.statSync(`${root}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0) <= builtAt)
}
