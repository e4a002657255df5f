import { spawn } from 'node:child_process'
import { closeSync, createWriteStream, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ImageError } from '../../error.ts'
import { removeTemporary, sweepLeftovers, temporaryPath } from '../../transport/temporary.ts'
import { temporaryDirectory } from '../../transport/temporary-directory.ts'

/**
 * Shows the bytes in `$PAGER` (a shell command, `less` when unset) from a private temporary file, gone afterwards.
 * `handOver` lends the terminal to what runs inside it: only the pager does, the file is written before.
 * @throws ImageError `PAGER_FAILED`
 */
export async function runPager(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal,
  handOver: (run: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await sweepLeftovers(temporaryDirectory())
  const directory = temporaryPath(temporaryDirectory())
  try {
    await mkdir(directory, { mode: 0o700 })
    const file = join(directory, safeName(name))
    await pipeline(Readable.from(bytes), createWriteStream(file, { mode: 0o600, flags: 'wx' }), { signal })
    // The terminal comes back first: errors are told on the screen.
    let status: number | null = 0
    await handOver(async () => {
      status = await page(file)
    })
    checkStatus(status)
  } finally {
    await removeTemporary(directory)
  }
}

/** The image chose the name: of it only what cannot surprise a shell or a pager is kept, its ending above all. */
function safeName(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .slice(-80)
      .replace(/^[.-]+/, '') || 'file'
  )
}

/** As git and man do: PAGER is a shell command; the file is an argument, never part of the command's text. */
async function page(file: string): Promise<number | null> {
  // The image may have come on standard input: keys come from the terminal all the same.
  const keys = process.stdin.isTTY ? undefined : openSync('/dev/tty', 'r')
  try {
    const child = spawn('/bin/sh', ['-c', `${command()} "$1"`, 'peel', file], {
      stdio: [keys ?? 'inherit', 'inherit', 'inherit'],
      // The content of the image must not drive the terminal: less shows control characters as they are only with -r.
      env: { ...process.env, LESSSECURE: '1' },
    })
    return await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
  } finally {
    if (keys !== undefined) closeSync(keys)
  }
}

function command(): string {
  return process.env['PAGER'] || 'less'
}

/** A pager ended by a signal was ended by the user. */
function checkStatus(status: number | null): void {
  if (status === 0 || status === null || status > 128) return
  const hint = 'Set PAGER to a program that is installed.'
  if (status === 126 || status === 127) {
    throw new ImageError('PAGER_FAILED', `Cannot run the pager "${command()}": the shell ended with ${status}`, { hint })
  }
  throw new ImageError('PAGER_FAILED', `Cannot say that all was shown: the pager ended with status ${status}`)
}
