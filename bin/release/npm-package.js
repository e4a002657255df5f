// The package for npm. `npm pack` and `npm publish` run this before (`clean`) and after (`restore`): the package.json in the package has
// neither scripts nor dependencies, for dist/ holds all that runs. The original waits beside it meanwhile.
import * as fs from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run, VERSION } from './source.js'

const [manifest, kept] = [join(root, 'package.json'), join(root, 'package.json.unpacked')]
/** Everything that is for working on peel, or that npm would install or run. */
const LEFT_OUT = ['dependencies', 'devDependencies', 'scripts', 'allowScripts', 'knip']
/** The parts that the package's own list of files chooses from. */
const PARTS = ['bin', 'dist', 'docs', 'README.md', 'LICENSE', 'CHANGELOG.md']

/** Writes `DIRECTORY/peel-VERSION.tgz` without touching the checkout. @returns its path */
export function makeNpmPackage(directory) {
  const tree = fs.mkdtempSync(join(directory, '.npm-'))
  try {
    for (const part of PARTS) fs.cpSync(join(root, part), join(tree, part), { recursive: true })
    fs.writeFileSync(join(tree, 'package.json'), published(fs.readFileSync(manifest, 'utf8')))
    run('npm', ['pack', tree, '--silent', '--ignore-scripts', '--pack-destination', directory])
    return join(directory, `peel-${VERSION}.tgz`)
  } finally {
    fs.rmSync(tree, { recursive: true, force: true })
  }
}

function published(text) {
  const shown = Object.fromEntries(Object.entries(JSON.parse(text)).filter(([key]) => !LEFT_OUT.includes(key)))
  return `${JSON.stringify(shown, undefined, 2)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // One that was interrupted has left the original.
  if (fs.existsSync(kept)) fs.renameSync(kept, manifest)
  if (process.argv[2] === 'clean') {
    fs.renameSync(manifest, kept)
    fs.writeFileSync(manifest, published(fs.readFileSync(kept, 'utf8')))
  }
}
