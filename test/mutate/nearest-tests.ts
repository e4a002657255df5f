import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Tests through the bundle run the whole program: they count as importing the command line. */
const THROUGH_BUNDLE: Readonly<Record<string, string>> = {
  'test/kit/peel-command.ts': 'src/cli/main.ts',
  'test/kit/pty.ts': 'src/cli/main.ts',
}

/** The tests of a file: the fewest imports away first, at most `limit`; those in the folder of the same name before others. */
export function nearestTests(root: string): (file: string, limit: number) => string[] {
  const importers = importersOf(root)
  return (file, limit) => {
    const distance = new Map([[file, 0]])
    for (const [each, steps] of distance) {
      for (const importer of importers.get(each) ?? []) if (!distance.has(importer)) distance.set(importer, steps + 1)
    }
    const folder = dirname(file).replace(/^src/, 'test')
    const rank = (test: string) => (distance.get(test) ?? 0) - (test.startsWith(`${folder}/`) ? 1.5 : 0)
    return [...distance.keys()]
      .filter(each => /\.test\.tsx?$/.test(each))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .slice(0, limit)
  }
}

/** Every file of src and test with the files that import it. */
function importersOf(root: string): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>()
  const add = (file: string, importer: string) => importers.set(file, [...(importers.get(file) ?? []), importer])
  for (const file of globSync('{src,test}/**/*.{ts,tsx}', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, to = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g))
      add(normalize(join(dirname(file), to)), file)
    const program = THROUGH_BUNDLE[file]
    if (program !== undefined) add(program, file)
  }
  return importers
}
