import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { escapeText } from '../../escape.ts'
import type { Environment } from '../http/registry-options.ts'
import type { SshAddress } from './ssh-address.ts'

const SAID_LIMIT = 4096
const SHOWN = 300

/** The connection to an engine through a process of ssh: writes go to its input, reads come from its output. */
export class SshLine extends Duplex {
  readonly #host: string
  readonly #child: ChildProcessWithoutNullStreams
  #said = ''
  /** Whether a byte has come from the other end. */
  answered = false

  private constructor(host: string, child: ChildProcessWithoutNullStreams) {
    super()
    this.#host = host
    this.#child = child
    const { stdout, stdin, stderr } = child
    stdout.on('data', (chunk: Buffer) => {
      this.answered = true
      if (!this.push(chunk)) stdout.pause()
    })
    stdin.on('error', () => undefined)
    stderr.on('data', (chunk: Buffer) => {
      if (this.#said.length < SAID_LIMIT) this.#said += chunk.toString('utf8')
    })
    child.on('close', status => {
      if (status === 0) this.push(null)
      else this.destroy(new SshFailure(this.#words(status)))
    })
  }

  /** @throws SshFailure where ssh is not there */
  static open({ host, arguments: words }: SshAddress, environment: Environment): Promise<SshLine> {
    const child = spawn('ssh', words, { env: { ...environment }, stdio: 'pipe' })
    return new Promise((resolve, reject) => {
      child.once('spawn', () => resolve(new SshLine(host, child)))
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(new SshFailure(error.code === 'ENOENT' ? 'the program ssh is not installed' : 'ssh cannot be started')),
      )
    })
  }

  override _read(): void {
    this.#child.stdout.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    // A process that reads no more is about to end, and says why then.
    this.#child.stdin.write(chunk, () => done())
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill()
    done(error)
  }

  /** The last line of what ssh, or the program at the other end, has said. */
  #words(status: number | null): string {
    const last = this.#said.trim().split('\n').at(-1)?.trim() ?? ''
    const shown = last === '' ? `ssh ends with ${status ?? 'a signal'}` : escapeText(last.slice(0, SHOWN))
    return `no way to the engine of ${escapeText(this.#host)} by ssh: ${shown}`
  }
}

/** Why there is no connection, in words that a person may see. */
export class SshFailure extends Error {}
