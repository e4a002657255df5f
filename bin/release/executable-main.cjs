// The first script of the single executable: what bin/peel.js is to a package. Modules come from inside the executable.
const sea = require('node:sea')
const { createRequire, registerHooks } = require('node:module')
const { setFlagsFromString } = require('node:v8')
const { firstBundle, INTERFACE_FLAGS } = require('../first-bundle.cjs')
const { keepCode } = require('../kept-code.cjs')

/** As dist/ is laid out, but nowhere on a disk: the URLs of modules inside the executable. */
const BASE = 'file:///peel.executable/'

registerHooks({
  resolve(specifier, context, next) {
    const isInside = specifier.startsWith(BASE) || (context.parentURL?.startsWith(BASE) && specifier.startsWith('./'))
    return isInside ? { url: new URL(specifier, context.parentURL ?? BASE).href, shortCircuit: true } : next(specifier, context)
  },
  load(url, context, next) {
    if (!url.startsWith(BASE)) return next(url, context)
    const source = sea.getAsset(url.slice(BASE.length), 'utf8')
    return { format: url.endsWith('.cjs') ? 'commonjs' : 'module', source, shortCircuit: true }
  },
})

const inside = createRequire(`${BASE}commands.bundle.cjs`)
keepCode()
if (firstBundle(process.argv.slice(2)) === 'commands.cjs') inside('./commands.bundle.cjs')
else {
  for (const flag of INTERFACE_FLAGS) setFlagsFromString(flag)
  inside('./interface.js')
}
