import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import type { Compression } from '../blob/media-type.ts'
import { escapeText } from '../escape.ts'
import { ArchiveWriter, destinationExists } from './archive-writer.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { writePlace } from './write-path.ts'

/** Where a finished archive goes: to a file, or whole to standard output, so that a reader never sees half of one. */
export type ArchiveTarget = {
  /** As a person would name it. */
  readonly name: string
  /** Of the archive as a whole, by the ending of its name; its layers have their own. */
  readonly compression: Compression
} & ({ readonly path: string; readonly force: boolean; readonly isPrivate: boolean } | { readonly output: Writable })

export type ArchiveKind = 'archive' | 'oci-archive' | 'docker-archive'

/** `isPrivate`: a temporary file, which only this user may read. */
export function fileTarget(kind: ArchiveKind, path: string, force: boolean, isPrivate = false): ArchiveTarget {
  const name = `${kind === 'archive' ? '' : `${kind}:`}${escapeText(path)}`
  return { name, path, force, isPrivate, compression: compressionOf(path) }
}

export function outputTarget(kind: ArchiveKind, output: Writable): ArchiveTarget {
  return { name: kind === 'archive' ? '-' : `${kind}:-`, output, compression: 'none' }
}

/** @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `NOT_FOUND`, `PERMISSION_DENIED` */
export async function openArchiveTarget(target: ArchiveTarget): Promise<ArchiveWriter> {
  if ('output' in target) return ArchiveWriter.create(temporaryDirectory(), 0o600)
  const { path, exists } = await writePlace(target.path)
  if (exists && !target.force) throw destinationExists(target.path)
  return ArchiveWriter.create(dirname(path), target.isPrivate ? 0o600 : 0o666)
}

export async function finishArchive(writer: ArchiveWriter, target: ArchiveTarget, signal?: AbortSignal): Promise<void> {
  if ('output' in target) return writer.copyTo(target.output, signal)
  if (target.compression !== 'none') await writer.compress(target.compression, signal)
  // Looked at anew, so that the very file that is replaced is checked.
  const { path } = await writePlace(target.path)
  await writer.moveTo(path, target.force)
}

function compressionOf(path: string): Compression {
  if (/\.(?:tgz|tar\.gz)$/.test(path)) return 'gzip'
  return /\.tar\.zst$/.test(path) ? 'zstd' : 'none'
}
