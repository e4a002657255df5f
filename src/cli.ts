import { run } from './cli/program.ts'

// Waits for what was written to leave the process: an exit inside a large write to a pipe would cut it.
process.exit(await run(process.argv.slice(2)))
