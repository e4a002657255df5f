import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'

export type NearTest = {
  readonly file: string
  /** Imports from the file to the test, less for the same folder or name, more for long tests. */
  readonly rank: number
  /** It runs the whole program out of `dist`. */
  readonly isBundled: boolean
}

/** Modules that run the bundle: a test that imports one counts as importing the command line, which is far from most files. */
const THROUGH_BUNDLE: readonly string[] = ['test/kit/peel-command.ts', 'test/kit/pty.ts']

/** Building the bundle takes longer than most tests. */
const BUNDLE_HANDICAP = 3
/** Imports that a test counts as further away, for its kind: long searches over many cases come when nothing nearer is left. */
const HANDICAPS: readonly (readonly [name: RegExp, steps: number])[] = [
  [/^test\/e2e\//, 3],
  [/corpus|laws|fuzz|kills|against|oracle|peers|real-/, 2],
]

/**
 * The tests of a file, nearest first, at most `limit`: by the imports between them that exist at run time, those of the same name and folder
 * before others, cheap ones before dear ones.
 */
export function nearestTests(root: string): (file: string, limit: number) => NearTest[] {
  const { importers, bundled } = importersOf(root)
  return (file, limit) => {
    const distance = new Map([[file, 0]])
    for (const [each, steps] of distance) {
      for (const importer of importers.get(each) ?? []) if (!distance.has(importer)) distance.set(importer, steps + 1)
    }
    const folder = dirname(file).replace(/^src/, 'test')
    const name = basename(file).replace(/\.tsx?$/, '')
    const rank = (test: string) =>
      (distance.get(test) ?? 0) -
      (test.startsWith(`${folder}/`) ? 1.5 : 0) -
      (basename(test).startsWith(`${name}.`) ? 3 : 0) +
      (bundled.has(test) ? BUNDLE_HANDICAP : 0) +
      HANDICAPS.reduce((sum, [pattern, steps]) => sum + (pattern.test(test) ? steps : 0), 0)
    return [...distance.keys()]
      .filter(each => /\.test\.tsx?$/.test(each))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(each => ({ file: each, rank: rank(each), isBundled: bundled.has(each) }))
  }
}

type Imports = { readonly importers: ReadonlyMap<string, readonly string[]>; readonly bundled: ReadonlySet<string> }

/** Every file of src and test with the files that import more of it than types, and the files that run the bundle. */
function importersOf(root: string): Imports {
  const importers = new Map<string, string[]>()
  const add = (file: string, importer: string) => importers.set(file, [...(importers.get(file) ?? []), importer])
  for (const file of globSync('{src,test}/**/*.{ts,tsx}', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [statement, from, loaded] of text.matchAll(IMPORT)) {
      if (!/^(?:im|ex)port\s+type\s/.test(statement)) add(normalize(join(dirname(file), from ?? loaded ?? '')), file)
    }
    // A worker is started by its name.
    for (const [, worker = ''] of text.matchAll(/'([\w-]+-worker)'/g)) add(`src/worker/${worker}.ts`, file)
  }
  const bundled = new Set(THROUGH_BUNDLE)
  for (const file of bundled) for (const importer of importers.get(file) ?? []) bundled.add(importer)
  for (const file of THROUGH_BUNDLE) add('src/cli/main.ts', file)
  return { importers, bundled }
}

const IMPORT = /(?:import|export)\s[\w\s{},*$]*?from\s*['"](\.[^'"]+)['"]|import\s*\(?\s*['"](\.[^'"]+)['"]/g
