import { run } from './cli/program.ts'

// Waits for what was written to leave the process: an exit inside a large write to a pipe would cut it.
run(process.argv.slice(2)).then(status => process.exit(status))
