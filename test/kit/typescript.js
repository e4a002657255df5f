// Preloaded into every test process: Node strips types itself, JSX is left to esbuild, and code compiled once is kept for the
// next process. A test of the state starts in a third of the processor time that it takes with tsx.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, enableCompileCache, registerHooks, syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import threads from 'node:worker_threads'

const directory = fileURLToPath(new URL('../../node_modules/.cache/peel/test-code', import.meta.url))
enableCompileCache(directory)

// A thread gets the cache only through its environment: without it each would strip the types of its modules anew. The variable is not
// set for programs that a test starts: they have their own way to keep code.
const { Worker } = threads
threads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, { ...options, env: { ...(options?.env ?? process.env), NODE_COMPILE_CACHE: directory } })
  }
}
syncBuiltinESMExports()

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context)
    return { format: 'module', source: transformedOnce(fileURLToPath(url)), shortCircuit: true }
  },
})

/** The code that esbuild makes of a file with JSX, kept under the file's content: starting esbuild costs more than most tests do. */
function transformedOnce(sourcefile) {
  const source = readFileSync(sourcefile)
  const kept = `${directory}/${createHash('sha256').update(sourcefile).update(source).digest('hex')}.js`
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const { transformSync } = createRequire(import.meta.url)('esbuild')
    const options = { loader: 'tsx', jsx: 'automatic', format: 'esm', target: 'node22', sourcefile, sourcemap: 'inline' }
    const { code } = transformSync(source, options)
    mkdirSync(directory, { recursive: true })
    // Renamed into place: another test file may be reading it.
    writeFileSync(`${kept}.${process.pid}`, code)
    renameSync(`${kept}.${process.pid}`, kept)
    return code
  }
}
