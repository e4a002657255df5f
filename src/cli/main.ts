import { run } from './program.ts'

// Waits for what was written to leave the process: an exit inside a large write to a pipe would cut it.
run(process.argv.slice(2)).then(status => process.exit(status))

// Nothing left to wait for, though the run has not ended: a mistake of ours must not look like success to a script.
process.once('beforeExit', () => {
  process.stderr.write('peel: Cannot finish: the event loop ended before the command did\n')
  process.exit(3)
})
