import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let built = false

export type PeelResult = {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly bytes: Buffer
}
export type PeelOptions = {
  readonly input?: Uint8Array | string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Runs on the started process: for signals. */
  readonly started?: (child: ChildProcess) => void
}

/** Runs the real program, from the bundle that is shipped, without a terminal. */
export async function peel(args: readonly string[], options: PeelOptions = {}): Promise<PeelResult> {
  buildOnce()
  const child = spawn(process.execPath, [`${root}bin/peel.js`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  options.started?.(child)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const bytes = Buffer.concat(out)
  return { status, stdout: bytes.toString(), stderr: Buffer.concat(err).toString(), bytes }
}

/** A stale bundle would test what was, not what is. */
export function buildOnce(): void {
  if (built) return
  const { status, stderr } = spawnSync(process.execPath, [`${root}bin/build.js`, '--if-stale'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the bundle could not be built: ${stderr}`)
  built = true
}
