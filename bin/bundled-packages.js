// The packages whose code is in dist/, as esbuild saw them, and their licences: they travel with every copy of peel.
import * as fs from 'node:fs'
import { join } from 'node:path'

/** @returns {{name: string, version: string, license: string, text: string, integrity: string | undefined}[]} sorted by name and version */
export function bundledPackages(root, metafiles) {
  const lock = JSON.parse(fs.readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const directories = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .map(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input.replace(/^[^:]*:/, ''))?.[0])
      .filter(directory => directory !== undefined),
  )
  const packages = [...directories].map(directory => {
    const { name, version, license } = JSON.parse(fs.readFileSync(join(root, directory, 'package.json'), 'utf8'))
    return { name, version, license, text: licenceText(join(root, directory)), integrity: lock[directory]?.integrity }
  })
  // The same package may lie below several others.
  return [...new Map(packages.map(each => [`${each.name}@${each.version}`, each])).values()].sort((a, b) =>
    `${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1,
  )
}

/** One text for all: name, version and licence, then the licence as its author wrote it. */
export function licenceTexts(packages) {
  const parts = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}\n`)
  return `The programs in this directory contain code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function licenceText(directory) {
  const file = fs.readdirSync(directory).find(name => /^licen[cs]e/i.test(name))
  if (file !== undefined) return fs.readFileSync(join(directory, file), 'utf8')
  // Some packages have it only in their README.
  const readme = fs.readdirSync(directory).find(name => /^readme/i.test(name))
  const text = readme === undefined ? '' : fs.readFileSync(join(directory, readme), 'utf8')
  return /#+ *licen[cs]e[\s\S]*/i.exec(text)?.[0] ?? 'The package brings no licence text of its own.'
}
