// Plain old JavaScript, as peel.js is and for its reason.

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
