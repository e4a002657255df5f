// Plain old JavaScript, as peel.js is and for its reason.

/**
 * Flags of V8 that the interface starts with. Its young generation grows once while modules are loaded; src/cli/commands/interactive.ts
 * says why, and keeps it so. The compiler between the quick one and the optimizing one keeps 7 MB of code for half a million files, and
 * makes no turn shorter.
 */
exports.INTERFACE_FLAGS = ['--semi-space-growth-factor=8', '--no-maglev']

/**
 * The file of dist/ that a command line starts. Commands start from a bundle that is there sooner; the interface needs
 * the other one, which knows everything. A bare word is a command, known or mistyped, or an image whose name is short: then the
 * commands start the other one.
 */
exports.firstBundle = args => {
  var first = args[0] || ''
  var second = args[1] || ''
  var word = first !== 'demo' && /^[A-Za-z][A-Za-z-]*$/.test(first)
  var asked = first === '--version' || first === '-V' || first === '--help' || second === '--json'
  return word || asked || /^[^-]/.test(second) ? 'commands.cjs' : 'interface.js'
}
