// Copied into dist/ under the name of each bundle: `commands.cjs` runs `commands.bundle.cjs`, with the code that V8 made of it
// while the bundle was built, for compiling is what most of a start is spent on. V8 itself refuses code of another version or
// made under other flags; the kind of processor is in the file's name. A package has no such code: Node keeps it at the first run.
const fs = require('node:fs')
const vm = require('node:vm')

const bundle = __filename.replace(/\.cjs$/, '.bundle.cjs')
const code = `${bundle}.${process.version}-${process.arch}`
const cachedData = compiled()

// Only Node's own loader reads source maps.
if (process.sourceMapsEnabled) require(bundle)
else if (cachedData === undefined && process.env.PEEL_RECORDS_CODE === undefined) {
  require('./kept-code.cjs').keepCode()
  require(bundle)
} else {
  const before = '(function (exports, require, module, __filename, __dirname) {'
  const script = new vm.Script(`${before}${fs.readFileSync(bundle, 'latin1')}\n})`, {
    filename: bundle,
    columnOffset: -before.length,
    cachedData,
  })
  script.runInThisContext()({}, require, {}, bundle, __dirname)
  // For bin/record-code.cjs.
  exports.script = script
}
exports.code = code

function compiled() {
  try {
    return fs.readFileSync(code)
  } catch {
    // Built by another Node, or packed without.
    return undefined
  }
}
