import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { run } from '../../../src/cli/program.ts'

/** A command line, program name left out, with variables of the environment for this run alone. */
export type ProgramRun = { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }
/** The output of a run, and the status that the program would end with. */
export type ProgramOutput = { readonly out: string; readonly err: string; readonly status: number }

/** Variables that would change what is printed, whoever runs the tests. */
const CLEAN = /^(?:PEEL_|LC_|LANG|TERM|NO_COLOR|XDG_|SOURCE_DATE_EPOCH|COLUMNS)/

/**
 * Runs command lines one after the other in one thread, each as the whole program does, without its bundle: the outputs of a thread are its own.
 */
export function programRuns(runs: readonly ProgramRun[]): Promise<readonly ProgramOutput[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { runs, cache: false } })
    worker.once('message', outputs => {
      void worker.terminate()
      resolve(outputs)
    })
    worker.once('error', reject)
  })
}

async function runAll(runs: readonly ProgramRun[]): Promise<void> {
  const outputs: ProgramOutput[] = []
  for (const name of Object.keys(process.env)) if (CLEAN.test(name)) delete process.env[name]
  for (const { args, env = {} } of runs) {
    const written = { out: '', err: '' }
    collect(process.stdout, text => {
      written.out += text
    })
    collect(process.stderr, text => {
      written.err += text
    })
    Object.assign(process.env, env)
    const status = await run(args)
    for (const name of Object.keys(env)) delete process.env[name]
    outputs.push({ ...written, status })
  }
  parentPort?.postMessage(outputs)
}

function collect(stream: NodeJS.WriteStream, add: (text: string) => void): void {
  // Each run listens for errors of its own.
  stream.setMaxListeners(0)
  stream.write = ((chunk: string | Uint8Array, done: unknown) => {
    add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
    if (typeof done === 'function') process.nextTick(done as () => void)
    return true
  }) as typeof stream.write
}

if (!isMainThread && workerData?.runs !== undefined) await runAll(workerData.runs)
