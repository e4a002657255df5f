import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildOnce } from './peel-command.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export type Serving = {
  readonly host: string
  readonly origin: string
  readonly pid: number
  /** Standard output so far. */
  stdout(): string
  stderr(): string
  /** Sends SIGINT; resolves to the exit status. */
  stop(): Promise<number | null>
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
}

/** Runs `peel serve` on a free port until it says where. */
export async function startServing(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Serving> {
  buildOnce()
  const child: ChildProcess = spawn(process.execPath, [`${root}bin/peel.js`, 'serve', '--listen', '127.0.0.1:0', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  child.stderr?.on('data', chunk => {
    err += chunk
  })
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      out += chunk
      const said = /^Serving (https?:\/\/\S+)\n[\s\S]*Ctrl-C ends it\.\n$/.exec(out)
      if (said?.[1] !== undefined) resolve(said[1])
    })
    void ended.then(status => reject(new Error(`peel serve ended with ${status}: ${err}`)))
  })
  return {
    host: new URL(origin).host,
    origin,
    pid: child.pid ?? 0,
    stdout: () => out,
    stderr: () => err,
    stop: () => {
      child.kill('SIGINT')
      return ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
