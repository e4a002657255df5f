import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Context } from './context.ts'

/**
 * Writes lines, through the pager that git would use where a person is looking: `$PAGER`, else `less`, which ends at once where the
 * lines fit on the screen. A pager that cannot be started leaves the lines to the terminal itself.
 */
export async function writePaged(context: Context, lines: Iterable<string>): Promise<void> {
  const pager = process.env['PAGER'] ?? 'less'
  if (!context.output.terminal || process.env['TERM'] === 'dumb' || pager === '' || pager === 'cat') {
    return context.output.writeLines(lines)
  }
  // As git: F ends where all fits, R lets colours through and nothing else, X leaves the lines on the screen.
  const env = { ...process.env, LESS: process.env['LESS'] ?? 'FRX', LESSSECURE: '1' }
  const child = spawn('/bin/sh', ['-c', pager], { stdio: ['pipe', 'inherit', 'inherit'], env })
  const { stdin } = child
  // A reader who has seen enough closes the pipe: the rest is not written, and nothing is wrong.
  let isClosed = false
  const close = () => {
    isClosed = true
  }
  stdin.on('error', close)
  child.on('error', close)
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()).once('error', () => resolve()))
  for (const chunk of chunksOf(lines)) {
    if (isClosed) break
    if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain').catch(close), ended])
  }
  stdin.end()
  await ended
}

const CHUNK = 64 * 1024

function* chunksOf(lines: Iterable<string>): Generator<string> {
  let gathered = ''
  for (const line of lines) {
    gathered += `${line}\n`
    if (gathered.length < CHUNK) continue
    yield gathered
    gathered = ''
  }
  yield gathered
}
