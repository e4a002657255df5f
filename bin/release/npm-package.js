// `npm pack` and `npm publish` run this before (`clean`) and after (`restore`): the package.json in the package has neither scripts nor
// dependencies, for dist/ holds all that runs. The original waits beside it meanwhile.
import * as fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [manifest, kept] = [join(root, 'package.json'), join(root, 'package.json.unpacked')]
/** Everything that is for working on peel, or that npm would install or run. */
const LEFT_OUT = ['dependencies', 'devDependencies', 'scripts', 'allowScripts', 'knip']

if (process.argv[2] === 'clean') {
  // One that was interrupted has left the original.
  if (fs.existsSync(kept)) fs.renameSync(kept, manifest)
  const text = fs.readFileSync(manifest)
  const shown = Object.fromEntries(Object.entries(JSON.parse(text.toString())).filter(([key]) => !LEFT_OUT.includes(key)))
  fs.writeFileSync(kept, text)
  fs.writeFileSync(manifest, `${JSON.stringify(shown, undefined, 2)}\n`)
} else if (fs.existsSync(kept)) fs.renameSync(kept, manifest)
