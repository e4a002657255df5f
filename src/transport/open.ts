import { type Stats, statSync } from 'node:fs'
import { sniffCompression } from '../blob/compression.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { type FileTransport, formatLocation, type Location } from '../image/location.ts'
import { type ArchiveIndex, indexArchive } from './archive-index.ts'
import { archiveSource } from './archive-source.ts'
import { openLayout } from './layout.ts'
import { openRegularFile, quotePath, readRange, systemError } from './local-file.ts'
import { looksLikeImage, notAnArchive, notAnImageArchive } from './not-an-image.ts'
import { isPlainDirectory, openPlainDirectory } from './plain-directory.ts'
import { isPacked, spool, type UnpackedFile } from './spool.ts'
import { readPipe } from './text/pipe.ts'

export type OpenSourceOptions = {
  /** Standard input's bytes, for the location `-`. */
  readonly input?: AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal
  /** Told how many bytes of a packed archive or of standard input are on disk. */
  onSpool?(bytes: number): void
  /** Opens what does not lie on this machine. */
  readonly remote?: (location: RemoteLocation) => Promise<BlobSource>
}

export type RemoteLocation = Extract<Location, { readonly transport: 'docker' | 'docker-daemon' }>

/**
 * Opens the place an image is read from. Files are recognised by their content, whatever they are called.
 * @throws ImageError `NOT_FOUND`, `NOT_AN_IMAGE`, `DOCKER_ARCHIVE_TOO_OLD`, `NO_SPACE`, `COMPRESSION_DAMAGED` and those of the documents
 */
export async function openSource(location: Location, options: OpenSourceOptions = {}): Promise<BlobSource> {
  switch (location.transport) {
    case 'docker':
    case 'docker-daemon':
      if (options.remote !== undefined) return options.remote(location)
      throw new ImageError(
        'TRANSPORT_UNAVAILABLE',
        `Cannot open ${escapeText(formatLocation(location))}: only local images can be opened here`,
      )
    case 'standard-stream':
      return openStream(options)
    default:
      if (location.path === '-' && location.transport !== 'oci' && location.transport !== 'dir')
        return openStream(options, location.transport)
      return openPath(location.path, location.transport, options)
  }
}

async function openPath(path: string, as: FileTransport | 'path', options: OpenSourceOptions): Promise<BlobSource> {
  const stats = statsOf(path)
  if (stats.isDirectory()) {
    if (as === 'dir' || (as === 'path' && isPlainDirectory(path))) return openPlainDirectory(path)
    if (as === 'path' || as === 'oci') return openLayout(path)
    throw new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(path)} as ${as}: it is a directory`, {
      hint: `For a layout write "oci:${escapeText(path)}".`,
    })
  }
  // A named pipe or a process substitution, `<(docker save x)`, is read once, like standard input.
  if (as !== 'oci' && as !== 'dir' && stats.isFIFO()) {
    const name = `${as === 'path' ? '' : `${as}:`}${escapeText(path)}`
    return openStream({ ...options, input: readPipe(path, options.signal) }, as, { path, name })
  }
  if (as !== 'oci' && as !== 'dir') return openFile(path, as, options)
  throw new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(path)} as ${as}: it is a file, not a directory`, {
    hint: `For an archive write oci-archive:${escapeText(path)}, or the path alone.`,
  })
}

/** @throws ImageError those of `systemError` */
function statsOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (thrown) {
    throw systemError(thrown, `open ${quotePath(path)}`)
  }
}

async function openFile(path: string, as: FileTransport | 'path', options: OpenSourceOptions): Promise<BlobSource> {
  const first = await firstBytes(path)
  const name = `${as === 'path' ? '' : `${as}:`}${escapeText(path)}`
  if (!isPacked(first)) return openArchive(path, { path, name, as, first, options })
  const { handle, size } = await openRegularFile(path)
  await handle.close()
  const spooled = await spool(readRange(path, 0, size, options.signal), {
    what: quotePath(path),
    expectedBytes: size,
    signal: options.signal,
    onProgress: bytes => options.onSpool?.(bytes),
  })
  return openSpooled(spooled, { path, name, as, options })
}

async function openStream(
  options: OpenSourceOptions,
  as: FileTransport | 'path' = 'path',
  { path, name } = { path: 'standard input', name: '-' },
): Promise<BlobSource> {
  const { input } = options
  if (input === undefined) throw new ImageError('NOT_AN_IMAGE', 'Cannot read standard input: there is none')
  const spooled = await spool(input, {
    what: path,
    signal: options.signal,
    onProgress: bytes => options.onSpool?.(bytes),
  })
  return openSpooled(spooled, { path, name, as, options })
}

type Opening = {
  /** The path as the user named it, for messages. */
  readonly path: string
  readonly name: string
  readonly as: FileTransport | 'path'
  readonly options: OpenSourceOptions
}

async function openSpooled(spooled: UnpackedFile, opening: Opening): Promise<BlobSource> {
  try {
    const first = await firstBytes(spooled.file)
    return await openArchive(spooled.file, { ...opening, first }, () => spooled.remove())
  } catch (thrown) {
    await spooled.remove()
    throw thrown
  }
}

async function openArchive(
  file: string,
  { path, name, as, first, options }: Opening & { first: Uint8Array },
  close?: () => Promise<void>,
): Promise<BlobSource> {
  let archive: ArchiveIndex
  try {
    archive = await indexArchive(file, options.signal)
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'NOT_AN_ARCHIVE') throw thrown
    throw notAnArchive(path, first, close !== undefined && sniffCompression(first) === 'none')
  }
  if (archive.names.length === 0 && first.byteLength < 512) throw notAnArchive(path, first)
  if (!looksLikeImage(archive)) throw notAnImageArchive(archive, path)
  return archiveSource(archive, { name, as, signal: options.signal, ...(close !== undefined && { close }) })
}

async function firstBytes(path: string): Promise<Buffer> {
  for await (const chunk of readRange(path, 0, 512)) return chunk
  return Buffer.alloc(0)
}
