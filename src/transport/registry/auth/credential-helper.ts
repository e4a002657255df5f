import { spawn } from 'node:child_process'
import { isRecord } from '../../../blob/descriptor.ts'
import { escapeText } from '../../../escape.ts'
import type { Environment } from '../../http/registry-options.ts'
import type { Credentials } from './credentials.ts'

export type HelperAnswer = { readonly credentials?: Credentials; readonly problem?: string }

/** Milliseconds a helper may take: some ask a cloud service. One that hangs would otherwise be waited for without a word. */
const PATIENCE = 10_000
const OUTPUT_LIMIT = 1024 * 1024
/** The line that every helper prints for a host it does not know, with exit status 1. */
const NOT_FOUND = 'credentials not found in native keychain'

/**
 * Asks `docker-credential-<name> get` for the credentials of a server. A helper that fails is a problem to mention when
 * the registry refuses, not a reason to stop: most images are public. Its output is never quoted.
 */
export async function askHelper(
  name: string,
  server: string,
  environment: Environment,
  patience = PATIENCE,
): Promise<HelperAnswer> {
  const program = `docker-credential-${name}`
  // A name is looked up in PATH, never as a path that the config file chooses.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    return { problem: `the helper name "${escapeText(name)}" is not a program name` }
  const result = await run(program, server, environment, patience)
  if (typeof result === 'string') return { problem: `the credential helper ${program} ${result}` }
  if (result.status !== 0) {
    return result.output.includes(NOT_FOUND)
      ? {}
      : { problem: `the credential helper ${program} failed with status ${result.status}` }
  }
  return readAnswer(program, result.output)
}

function readAnswer(program: string, output: string): HelperAnswer {
  let answer: unknown
  try {
    answer = JSON.parse(output)
  } catch {
    answer = undefined
  }
  if (!isRecord(answer) || typeof answer['Secret'] !== 'string') {
    return { problem: `the credential helper ${program} did not answer with credentials` }
  }
  const username = typeof answer['Username'] === 'string' ? answer['Username'] : ''
  const secret = answer['Secret']
  if (secret === '') return {}
  if (username === '<token>') return { credentials: { type: 'identity', username, token: secret, from: program } }
  return { credentials: { type: 'basic', username, password: secret, from: program } }
}

type Result = { readonly status: number; readonly output: string }

function run(program: string, input: string, environment: Environment, patience: number): Promise<Result | string> {
  return new Promise(resolve => {
    const child = spawn(program, ['get'], { env: { ...environment }, stdio: ['pipe', 'pipe', 'ignore'] })
    const settle = (result: Result | string) => {
      clearTimeout(timer)
      resolve(result)
    }
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      // A process that the helper itself has started may hold its end of the pipe open for ever.
      child.stdout.destroy()
      child.unref()
      settle(why)
    }
    // Node's own timeout option keeps its timer when the program cannot be started.
    const timer = setTimeout(() => giveUp(`did not answer within ${patience / 1000} seconds`), patience)
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > OUTPUT_LIMIT) giveUp('answered with too much')
      else chunks.push(chunk)
    })
    // A helper that does not read its input closes the pipe: its answer is what counts.
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${input}\n`)
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ENOENT' ? 'is not installed' : 'cannot be started'),
    )
    child.on('close', (status, signal) =>
      settle(
        signal === null ? { status: status ?? 1, output: Buffer.concat(chunks).toString('utf8') } : `was ended by ${signal}`,
      ),
    )
  })
}
