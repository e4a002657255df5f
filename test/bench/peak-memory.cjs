// Required into the measured program: says its peak memory in kB on descriptor 3 when it ends. CommonJS: loading a module would
// cost the program the start of Node's module loader, which it does not need itself.
const { readFileSync, writeSync } = require('node:fs')

/** Linux says it of the program itself; what getrusage says counts the bench's own memory at the time of the fork. */
function peak() {
  try {
    return /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]
  } catch {
    return process.resourceUsage().maxRSS
  }
}

process.on('exit', () => {
  try {
    writeSync(3, String(peak()))
  } catch {
    // No other process listens.
  }
})
