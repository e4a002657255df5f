#!/usr/bin/env node
// Plain old JavaScript on purpose: every Node must be able to parse it and say what is wrong.
var parts = process.versions.node.split('.').map(Number)
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19)) {
  fail(
    'NODE_TOO_OLD',
    'Cannot start: Node ' + process.versions.node + ' is too old, 22.19 or newer is needed.',
    'Install a newer Node, or run it from its checkout with "npm start", which brings its own.',
  )
} else {
  import(start()).catch(error => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND') {
      fail('NOT_BUILT', 'Cannot start: the program is not built.', 'Run "npm ci" in its checkout.')
    } else fail('START_FAILED', 'Cannot start: ' + ((error && error.stack) || error))
  })
}

/**
 * Commands start from a bundle that is there sooner; what draws on the terminal needs the other one, which knows everything. A
 * bare word is a command, known or mistyped, or an image whose name is short: then the commands start the other one.
 */
function start() {
  var first = process.argv[2] || ''
  var second = process.argv[3] || ''
  var word = first !== 'demo' && /^[A-Za-z][A-Za-z-]*$/.test(first)
  var asked = first === '--version' || first === '-V' || first === '--help' || second === '--json'
  return word || asked || /^[^-]/.test(second) ? '../dist/commands.cjs' : '../dist/interface.js'
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
