#!/usr/bin/env node
// Plain old JavaScript on purpose: every Node must be able to parse it and say what is wrong.
var parts = process.versions.node.split('.').map(Number)
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19)) {
  process.stderr.write('peel: Cannot start: Node ' + process.versions.node + ' is too old, 22.19 or newer is needed.\n')
  process.stderr.write('Install a newer Node, or run it from its checkout with "npm start", which brings its own.\n')
  process.exitCode = 3
} else {
  import('../dist/cli.js').catch(error => {
    var missing = error && error.code === 'ERR_MODULE_NOT_FOUND'
    process.stderr.write(
      'peel: Cannot start: ' + (missing ? 'the program is not built.\nRun "npm ci" in its checkout.' : error.stack) + '\n',
    )
    process.exitCode = 3
  })
}
