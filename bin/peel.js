#!/usr/bin/env node
// Plain old JavaScript on purpose: every Node must be able to parse it and say what is wrong.
import chosen from './first-bundle.cjs'

var parts = process.versions.node.split('.').map(Number)
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19)) {
  fail(
    'NODE_TOO_OLD',
    'Cannot start: Node ' + process.versions.node + ' is too old, 22.19 or newer is needed.',
    'Install a newer Node, or run it from its checkout with "npm start", which brings its own.',
  )
} else if (!saidVersion(process.argv.slice(2))) {
  start(chosen.firstBundle(process.argv.slice(2))).catch(error => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND') {
      fail('NOT_BUILT', 'Cannot start: the program is not built.', 'Run "npm ci" in its checkout.')
    } else fail('START_FAILED', 'Cannot start: ' + ((error && error.stack) || error))
  })
}

/** Answers `--version` before the program is loaded, which would take as long again; a failed write is left to the program, which explains it. */
function saidVersion(args) {
  if (args.length !== 1 || args[0] !== '--version') return false
  try {
    // An import would load all that Node has for files.
    const fs = process.getBuiltinModule('node:fs')
    fs.writeSync(1, JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version + '\n')
    return true
  } catch {
    return false
  }
}

/** The commands bring compiled code of their own or keep it themselves (run-bundle.cjs). */
function start(bundle) {
  if (bundle === 'commands.cjs') return import('../dist/commands.cjs')
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  chosen.INTERFACE_FLAGS.forEach(function (flag) {
    setFlagsFromString(flag)
  })
  return import('../dist/kept-code.cjs').then(kept => {
    kept.default.keepCode()
    return import('../dist/interface.js')
  })
}

/** As the program itself reports errors (src/cli/report.ts): in words, with --json on standard output too. */
function fail(code, message, hint) {
  process.stderr.write('peel: ' + message + '\n' + (hint ? hint + '\n' : ''))
  var args = process.argv.slice(2)
  var end = args.indexOf('--')
  if (args.slice(0, end === -1 ? undefined : end).indexOf('--json') !== -1) {
    process.stdout.write(JSON.stringify({ error: { code: code, message: message, hint: hint } }) + '\n')
  }
  process.exitCode = 3
}
