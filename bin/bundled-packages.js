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
    return { name, version, license, text: licenceText(root, join(root, directory)), integrity: lock[directory]?.integrity }
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

/** @throws Error for a package that says nowhere what its licence asks for in every copy */
function licenceText(root, directory) {
  const file = fs.readdirSync(directory).find(name => /^licen[cs]e/i.test(name))
  if (file !== undefined) return fs.readFileSync(join(directory, file), 'utf8')
  // Some packages have it only in their README, others only a notice at the head of their code.
  const readme = fs.readdirSync(directory).find(name => /^readme/i.test(name))
  const text = readme === undefined ? '' : fs.readFileSync(join(directory, readme), 'utf8')
  const { license, main } = JSON.parse(fs.readFileSync(join(directory, 'package.json'), 'utf8'))
  return /#+ *licen[cs]e[\s\S]*/i.exec(text)?.[0] ?? noticeAndPermission(root, join(directory, main ?? 'index.js'), license)
}

/** The notice of the package's own code, and the words of the MIT licence, which are those of peel's. */
function noticeAndPermission(root, main, license) {
  const notice = /^\s*\/\*[*!]([\s\S]*?)\*\//.exec(fs.readFileSync(main, 'utf8'))?.[1] ?? ''
  if (license !== 'MIT' || !/\(c\)/i.test(notice)) throw new Error(`No licence text is found for ${main} (${license})`)
  const own = fs.readFileSync(join(root, 'LICENSE'), 'utf8')
  return `${notice.replaceAll(/^[ *]+/gm, '').trim()}\n\n${own.slice(own.indexOf('Permission'))}`
}
