import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Packages and Node modules that touch the world, and the only folders that may import each; `folder-order.test.ts` holds the order of the folders. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  'node:zlib': ['blob', 'worker'],
  'node:crypto': ['blob', 'worker', 'transport', 'session', 'serve'],
  'node:fs': ['transport', 'worker', 'session', 'serve', 'cli'],
  'node:fs/promises': ['transport', 'worker', 'session', 'serve', 'cli'],
  'node:http': ['serve'],
  'node:https': ['serve'],
  'node:os': ['transport', 'worker', 'session', 'cli'],
  'node:child_process': ['transport', 'session', 'cli'],
  'node:worker_threads': ['worker'],
  'node:process': ['cli'],
  'node:net': ['transport'],
  undici: ['transport'],
  'tar-stream': ['transport'],
  'xz-decompress': ['transport'],
  'smol-toml': ['transport'],
  ink: ['tui', 'cli'],
  react: ['tui', 'cli'],
  'ink-select-input': ['tui'],
  minisearch: ['session'],
  re2js: ['filter'],
  commander: ['cli'],
}

const source = fileURLToPath(new URL('../src', import.meta.url))

type Import = { readonly from: string; readonly to: string }

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  )
  return [...statements].map(match => ({ from: file, to: match[1] ?? match[2] ?? match[3] ?? '' }))
}

const files = globSync('**/*.{ts,tsx}', { cwd: source }).sort()
const imports = files.flatMap(importsOf)
const folderOf = (file: string) => file.split('/')[0] ?? ''
const isRelative = (specifier: string) => specifier.startsWith('.')
const target = ({ from, to }: Import) => relative(source, join(source, dirname(from), to))

describe('architecture', () => {
  test('a package that touches the world has one door', () => {
    const wrong = imports
      .filter(({ to }) => !isRelative(to))
      .filter(({ from, to }) => {
        const packageName = to.startsWith('node:') || to.startsWith('@') ? to : (to.split('/')[0] ?? to)
        const doors = DOORS[packageName]
        return doors !== undefined && !doors.includes(folderOf(from))
      })
    assert.deepEqual(wrong, [])
  })

  test('no cycles between files, no barrels', () => {
    const edges = new Map<string, string[]>()
    for (const each of imports.filter(({ to }) => isRelative(to)))
      edges.set(each.from, [...(edges.get(each.from) ?? []), target(each)])
    assert.deepEqual(findCycle(edges), [])
    assert.deepEqual(
      files.filter(file => /(^|\/)(index|utils?|helpers?|common|types)\.tsx?$/.test(file)),
      [],
    )
  })

  test('no folder that cannot be taken in at a glance', () => {
    const sizes = Map.groupBy(files, file => dirname(file))
    assert.deepEqual(
      [...sizes].filter(([, inside]) => inside.length > 40).map(([folder]) => folder),
      [],
    )
  })

  test('no file over 300 lines', () => {
    const long = files
      .map(file => [file, readFileSync(join(source, file), 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > 301)
    assert.deepEqual(long, [])
  })
})

function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of edges.keys()) {
    const cycle = visit(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
