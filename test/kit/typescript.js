// Preloaded into every test process: Node strips types itself, JSX is left to esbuild, and code compiled once is kept for the
// next process. A test of the state starts in a third of the processor time that it takes with tsx.
import { readFileSync } from 'node:fs'
import { createRequire, enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/peel/test-code', import.meta.url)))

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context)
    // Loaded late: most tests draw nothing.
    const { transformSync } = createRequire(import.meta.url)('esbuild')
    const sourcefile = fileURLToPath(url)
    const options = { loader: 'tsx', jsx: 'automatic', format: 'esm', target: 'node22', sourcefile, sourcemap: 'inline' }
    const { code } = transformSync(readFileSync(sourcefile, 'utf8'), options)
    return { format: 'module', source: code, shortCircuit: true }
  },
})
