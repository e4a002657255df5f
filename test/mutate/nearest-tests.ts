import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export type NearTest = {
  readonly file: string
  /** Imports from the file to the test, less for a folder or words in common, more for tests that load much. */
  readonly rank: number
  /** It runs the whole program out of `dist`. */
  readonly isBundled: boolean
}

/** Modules that run the bundle: a test that imports one counts as importing the command line, which is far from most files. */
const THROUGH_BUNDLE: readonly string[] = ['test/kit/program/peel-command.ts', 'test/kit/program/pty.ts']

/** Imports that a test counts as further away, for its kind: long searches over many cases come when nothing nearer is left. */
const HANDICAPS: readonly (readonly [name: RegExp, steps: number])[] = [
  [/^test\/e2e\//, 3],
  [/corpus|laws|fuzz|kills|against|oracle|peers|real-/, 2],
]

/**
 * The tests of a file, nearest first: by the imports between them that exist at run time and by how much else the
 * test loads; those whose paths share a folder or words come before others.
 */
export function nearestTests(root: string): (file: string) => NearTest[] {
  const { importers, imports, bundled } = importersOf(root)
  const breadth = new Map<string, number>()
  const breadthOf = (test: string) => {
    const known = breadth.get(test) ?? Math.log2(1 + closureSize(test, imports) / NARROW)
    breadth.set(test, known)
    return known
  }
  return file => {
    const distance = new Map([[file, 0]])
    for (const [each, steps] of distance) {
      for (const importer of importers.get(each) ?? []) if (!distance.has(importer)) distance.set(importer, steps + 1)
    }
    const folder = dirname(file).replace(/^src/, 'test')
    const words = wordsOf(file)
    const rank = (test: string) =>
      (distance.get(test) ?? 0) -
      (test.startsWith(`${folder}/`) ? 1.5 : 0) -
      1.5 * wordsOf(test).intersection(words).size +
      breadthOf(test) +
      HANDICAPS.reduce((sum, [pattern, steps]) => sum + (pattern.test(test) ? steps : 0), 0)
    return [...distance.keys()]
      .filter(each => /\.test\.tsx?$/.test(each))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map(each => ({ file: each, rank: rank(each), isBundled: bundled.has(each) }))
  }
}

/** The words of a path, in the singular: of `src/cli/print/diff-text.ts` print, diff and text. */
function wordsOf(path: string): ReadonlySet<string> {
  const words = path.split(/[/.-]/).filter(word => !/^(?:src|test|cli|session|state|tsx?)$/.test(word))
  return new Set(words.map(word => word.replace(/s$/, '')))
}

/** A test that loads so many modules is about one thing; each doubling makes it longer and less about this file. */
const NARROW = 16

function closureSize(test: string, imports: Links): number {
  const seen = new Set([test])
  for (const each of seen) for (const imported of imports.get(each) ?? []) seen.add(imported)
  return seen.size
}

type Links = ReadonlyMap<string, readonly string[]>
type Imports = { readonly importers: Links; readonly imports: Links; readonly bundled: ReadonlySet<string> }

/** Every file of src and test with the files that import more of it than types, and the files that run the bundle. */
function importersOf(root: string): Imports {
  const importers = new Map<string, string[]>()
  const imports = new Map<string, string[]>()
  const add = (file: string, importer: string) => {
    importers.set(file, [...(importers.get(file) ?? []), importer])
    imports.set(importer, [...(imports.get(importer) ?? []), file])
  }
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
  return { importers, imports, bundled }
}

const IMPORT = /(?:import|export)\s[\w\s{},*$]*?from\s*['"](\.[^'"]+)['"]|import\s*\(?\s*['"](\.[^'"]+)['"]/g
