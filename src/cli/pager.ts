import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ImageError } from '../error.ts'

/**
 * Shows the bytes in `$PAGER` (a shell command, `less` when unset) from a private temporary file, gone afterwards.
 * @throws ImageError `PAGER_FAILED`
 */
export async function runPager(bytes: AsyncIterable<Uint8Array>, name: string, signal: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'peel-'))
  try {
    // The image chose the name: of it only what cannot surprise a shell or a pager is kept, its ending above all.
    const file = join(
      directory,
      name
        .replace(/[^A-Za-z0-9._-]/g, '_')
        .slice(-80)
        .replace(/^[.-]+/, '') || 'file',
    )
    await pipeline(Readable.from(bytes), createWriteStream(file, { mode: 0o600, flags: 'wx' }), { signal })
    await page(file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function page(file: string): Promise<void> {
  const pager = process.env['PAGER'] || 'less'
  // As git and man do: PAGER is a shell command; the file is an argument, never part of the command's text.
  const child = spawn('/bin/sh', ['-c', `${pager} "$1"`, 'peel', file], {
    stdio: 'inherit',
    // What the image holds must not drive the terminal: less shows control characters as they are only with -r.
    env: { ...process.env, LESSSECURE: '1' },
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (status === 126 || status === 127) {
    throw new ImageError('PAGER_FAILED', `Cannot run the pager "${pager}": the shell ended with ${status}`, {
      hint: 'Set PAGER to a program that is installed.',
    })
  }
}
