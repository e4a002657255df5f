import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { ArchiveWriter, destinationExists } from './archive-writer.ts'
import { errorCode, quotePath, systemError } from './local-file.ts'
import { temporaryDirectory } from './temporary.ts'

/** Where a finished archive goes: to a file, or whole to standard output, so that a reader never sees half of one. */
export type ArchiveTarget = {
  /** As a person would name it. */
  readonly name: string
} & ({ readonly path: string; readonly force: boolean } | { readonly output: Writable })

export function fileTarget(transport: 'oci-archive' | 'docker-archive', path: string, force: boolean): ArchiveTarget {
  return { name: `${transport}:${escapeText(path)}`, path: resolve(path), force }
}

export function outputTarget(output: Writable): ArchiveTarget {
  return { name: '-', output }
}

/** @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `NOT_FOUND`, `PERMISSION_DENIED` */
export async function openArchiveTarget(target: ArchiveTarget): Promise<ArchiveWriter> {
  if ('output' in target) return ArchiveWriter.create(temporaryDirectory(), 0o600)
  const { path, force } = target
  const stats = await stat(path).catch(thrown => {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw systemError(thrown, `write ${quotePath(path)}`)
  })
  if (stats !== undefined && !stats.isFile()) {
    const [what, hint] = stats.isDirectory()
      ? ['it is a directory', 'For a layout write oci:DIR.']
      : ['it is not a regular file', 'For standard output write "-".']
    throw new ImageError('DESTINATION_INVALID', `Cannot write ${quotePath(path)}: ${what}`, { hint })
  }
  if (stats !== undefined && !force) throw destinationExists(path)
  return ArchiveWriter.create(dirname(path))
}

export async function finishArchive(writer: ArchiveWriter, target: ArchiveTarget, signal?: AbortSignal): Promise<void> {
  if ('output' in target) await writer.copyTo(target.output, signal)
  else await writer.moveTo(target.path, target.force)
}
