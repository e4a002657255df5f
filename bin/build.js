// Bundles the program into dist/: one file for the interface and the commands, one for each kind of worker.
// A bundle starts in 145 ms where loose modules take 250 (terminal.md 2.6).
// `--if-stale` builds only when a source is newer than the bundle.
// A namespace import: an older Node lacks some of these names and would stop with a SyntaxError before the check below.
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'

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

// Built beside and swapped in: whoever runs the old bundle meanwhile, or builds at the same time, never sees half of one.
const fresh = `dist.new-${process.pid}`
const common = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.19',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
}

/** One file each: a thread starts a third sooner than with the chunks it would share with the program. */
const workers = {
  'layer-worker': 'src/worker/layer-worker.ts',
  'compress-worker': 'src/worker/compress-worker.ts',
  'proof-worker': 'src/worker/proof-worker.ts',
}
await esbuild.build({ ...common, entryPoints: workers })
await esbuild.build({
  ...common,
  entryPoints: { cli: 'src/cli.ts' },
  splitting: true,
  // Ink asks for the devtools only in development; an empty module stands in for them.
  plugins: [
    {
      name: 'no-devtools',
      setup(build) {
        build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }))
        build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {}' }))
      },
    },
  ],
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: "import { createRequire as __peelRequire } from 'node:module'; const require = __peelRequire(import.meta.url);" },
})

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

function isFresh() {
  const builtAt = fs.statSync(`${root}dist/cli.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [...fs.globSync('src/**/*.{ts,tsx}', { cwd: root }), 'package.json', 'package-lock.json', 'bin/build.js']
  return sources.every(file => (fs.statSync(`${root}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0) <= builtAt)
}
