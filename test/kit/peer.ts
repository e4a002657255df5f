import { spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'

/** Whether a program is on the PATH. */
export function hasPeer(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v "$1"`, 'sh', program], { stdio: 'ignore' }).status === 0
}

/**
 * A test against real programs. Skips loudly where one is missing; with `PEEL_PEERS=required` (CI) the test runs and fails
 * instead. `root: true` for what needs root (mounts, device nodes, owners).
 */
export function peerTest(
  name: string,
  programs: readonly string[],
  body: (context: TestContext) => void | Promise<void>,
  options: { readonly root?: boolean; readonly timeout?: number } = {},
): void {
  const missing = programs.filter(program => !hasPeer(program))
  if (options.root === true && process.getuid?.() !== 0) missing.push('root')
  const required = process.env['PEEL_PEERS'] === 'required'
  const skip = missing.length > 0 && !required ? `MISSING PEER: ${missing.join(', ')}` : false
  const timeout = options.timeout ?? 600_000
  test(name, { skip, timeout }, async context => {
    if (missing.length > 0) throw new Error(`PEEL_PEERS=required, but missing: ${missing.join(', ')}`)
    await body(context)
  })
}

/** Runs a program to its end and gives its standard output; throws with both outputs when it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, [...args], { maxBuffer: 1 << 30, ...options })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  return stdout
}
