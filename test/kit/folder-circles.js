// Counts circles in the imports of a TypeScript tree: of files, of folders, and pairs of folders that import each other.
// `node test/kit/folder-circles.js [src]` ends with 0 if there are none.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const root = process.argv[2] ?? 'src'
const files = globSync('**/*.{ts,tsx}', { cwd: root })
const imports = new Map(files.map(file => [file, importsOf(file)]))
const folders = new Map()
for (const [file, targets] of imports) {
  const folder = dirname(file)
  if (!folders.has(folder)) folders.set(folder, new Set())
  for (const target of targets) if (dirname(target) !== folder) folders.get(folder).add(dirname(target))
}
const [ofFiles, ofFolders] = [circles(imports), circles(folders)]
const pairs = [...folders].flatMap(([a, targets]) => [...targets].filter(b => a < b && folders.get(b)?.has(a)))
for (const circle of [...ofFiles, ...ofFolders]) console.log(`circle: ${circle.join(' ')}`)
console.log(
  `${files.length} files, ${folders.size} folders: ${ofFiles.length} circles of files, ${ofFolders.length} of folders, ${pairs.length} pairs import each other`,
)
process.exit(ofFiles.length + ofFolders.length + pairs.length > 0 ? 1 : 0)

function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8')
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, to]) =>
    normalize(join(dirname(file), to)),
  )
  return new Set(targets.filter(target => target !== file && files.includes(target)))
}

/** Strongly connected components of more than one node, by Tarjan's algorithm. */
function circles(graph) {
  const [index, low, open, found] = [new Map(), new Map(), [], []]
  const visit = node => {
    index.set(node, index.size)
    low.set(node, index.get(node))
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (open.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)))
    }
    if (low.get(node) !== index.get(node)) return
    const circle = open.splice(open.indexOf(node))
    if (circle.length > 1) found.push(circle)
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
