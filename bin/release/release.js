// `npm run release [-- --output DIRECTORY] [--architectures x64,arm64] [--verify]`: makes every file of a release from what is checked out, writes
// digests, bill of materials and provenance beside them, and verifies all of it. With --verify it only verifies.
import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { canMakeImage, makeContainerImage } from './container-image.js'
import { makeDebianPackage } from './debian-package.js'
import { problemsOf, writeEvidence } from './evidence.js'
import { ARCHITECTURES, makeExecutables } from './executable.js'
import { makeNpmPackage } from './npm-package.js'
import { root, run, sourceOf, VERSION } from './source.js'

const { values } = parseArgs({
  options: { output: { type: 'string' }, architectures: { type: 'string' }, verify: { type: 'boolean' } },
})
const output = values.output ?? join(root, 'out')
const architectures = values.architectures?.split(',') ?? ARCHITECTURES

if (values.verify !== true) await make()
verify()

async function make() {
  const { commit, clean } = sourceOf()
  if (!clean)
    console.error(`Not all changes are committed: the provenance names ${commit}, which others cannot build the same from.`)
  fs.rmSync(output, { recursive: true, force: true })
  fs.mkdirSync(output, { recursive: true })
  run(process.execPath, [join(root, 'bin/build.js'), '--if-stale'])
  const files = [makeNpmPackage(output)]
  for (const architecture of architectures) {
    const [executable] = await makeExecutables(output, [architecture])
    files.push(executable, makeDebianPackage(output, executable, architecture))
    if (canMakeImage(architecture)) files.push(makeContainerImage(output, executable, architecture))
    else console.error(`No image for ${architecture}: its libraries are not here (libstdc++6-arm64-cross).`)
  }
  writeEvidence(output, files, architectures)
}

/** Digests and documents, the version each file says it has, and the images by `peel verify`. */
function verify() {
  const peel = join(root, 'bin/peel.js')
  const problems = problemsOf(output)
  const own = join(output, `peel-linux-${process.arch}`)
  if (fs.existsSync(own) && run(own, ['--version']).trim() !== VERSION) problems.push(`${basename(own)} is not ${VERSION}`)
  for (const name of fs.readdirSync(output)) {
    const file = join(output, name)
    if (/^peel-image-.*\.tar$/.test(name)) run(process.execPath, [peel, 'verify', file])
    if (name.endsWith('.deb') && run('dpkg-deb', ['--field', file, 'Version']).trim() !== VERSION)
      problems.push(`${name} is not ${VERSION}`)
  }
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
  const sizes = fs
    .readdirSync(output)
    .map(name => `${(fs.statSync(join(output, name)).size / 1e6).toFixed(1).padStart(7)} MB  ${name}\n`)
  process.stdout.write(`${sizes.join('')}${problems.length === 0 ? 'verified' : 'not verified'}: ${output}\n`)
}
