// `npm run executable [-- DIRECTORY [ARCHITECTURE…]]`: peel as one file that needs no Node, for linux-x64 and linux-arm64. It is Node's own
// program with dist/ inside (https://nodejs.org/api/single-executable-applications.html); the same input makes the same bytes.
import * as fs from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'
import { inject } from 'postject'
import { nodeExecutable } from './node-executable.js'
import { root, run } from './source.js'

/** The mark in Node's program that says whether a script is inside. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
export const ARCHITECTURES = ['x64', 'arm64']

/** Writes `DIRECTORY/peel-linux-ARCHITECTURE`. dist/ must be built. @returns the paths */
export async function makeExecutables(directory, architectures = ARCHITECTURES) {
  fs.mkdirSync(directory, { recursive: true })
  const made = []
  for (const architecture of architectures) {
    const file = join(directory, `peel-linux-${architecture}`)
    fs.copyFileSync(await nodeExecutable(process.version, architecture), `${file}.part`)
    await inject(`${file}.part`, 'NODE_SEA_BLOB', await contents(), { sentinelFuse: FUSE })
    fs.chmodSync(`${file}.part`, 0o755)
    fs.renameSync(`${file}.part`, file)
    made.push(file)
  }
  return made
}

/** The blob that Node finds inside: the first script, and dist/ as assets. */
async function contents() {
  const scratch = fs.mkdtempSync(join(root, 'dist.executable-'))
  try {
    const main = join(scratch, 'main.cjs')
    await bundled({ entryPoints: [join(root, 'bin/release/executable-main.cjs')], outfile: main })
    const assets = distAssets()
    for (const name of ['layer-worker', 'compress-worker', 'proof-worker', 'ztoc-worker', 'content-worker']) {
      assets[`${name}.thread`] = join(scratch, `${name}.cjs`)
      const run = `require('./run-asset.cjs').runAsset('${name}', require)`
      await bundled({ stdin: { contents: run, resolveDir: join(root, 'bin/release') }, outfile: assets[`${name}.thread`] })
    }
    const [config, output] = [join(scratch, 'config.json'), join(scratch, 'blob')]
    // Node writes the path of the first script into the blob: a relative one is the same every time.
    fs.writeFileSync(config, JSON.stringify({ main: 'main.cjs', output, disableExperimentalSEAWarning: true, assets }))
    run(process.execPath, ['--experimental-sea-config', config], { cwd: scratch })
    return fs.readFileSync(output)
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

function bundled(options) {
  return esbuild.build({ bundle: true, platform: 'node', format: 'cjs', minify: true, legalComments: 'none', ...options })
}

/**
 * Names inside the executable → files of dist/, in one order. Without compiled code: V8 never makes the same twice, and the
 * executable would differ from build to build; Node keeps it at the first run instead (bin/kept-code.cjs).
 */
function distAssets() {
  const names = fs.readdirSync(join(root, 'dist')).filter(name => /\.(?:cjs|js)$|^LICENSES/.test(name))
  return Object.fromEntries(names.sort().map(name => [name, join(root, 'dist', name)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [directory = join(root, 'out'), ...architectures] = process.argv.slice(2)
  for (const file of await makeExecutables(directory, architectures.length > 0 ? architectures : undefined)) {
    console.log(`${(fs.statSync(file).size / 1e6).toFixed(1)} MB  ${file}`)
  }
}
