import type { Writable } from 'node:stream'
import type { Digest } from '../blob/digest.ts'
import type { BlobSink } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { type Destination, formatLocation } from '../image/location.ts'
import { type ArchiveKind, type ArchiveTarget, fileTarget, outputTarget } from './archive-target.ts'
import { openDockerArchiveSink } from './docker-archive-sink.ts'
import { openLayoutSink } from './layout-sink.ts'
import { openOciArchiveSink } from './oci-archive-sink.ts'
import type { RemoteLocation } from './open.ts'
import { outputIsTerminal } from './output-terminal.ts'
import { openPlainDirectorySink } from './plain-directory-sink.ts'

export type OpenSinkOptions = {
  /** Replace an image that has the name already. */
  readonly force?: boolean
  /** The digest of what will be written, where it is known before: a name that has it already is no hindrance. */
  readonly expected?: Digest | undefined
  /** The written manifest refers to something that is there, and needs no name in a layout. */
  readonly attaches?: boolean
  /** The file or directory the image is read from, if it is one. */
  readonly source?: string | undefined
  /** Standard output, for the destination `-`. */
  readonly output?: Writable
  /** Opens what does not lie on this machine. */
  readonly remote?: (location: RemoteLocation) => Promise<BlobSink>
}

/**
 * Opens the place an image is written to. Give `commit` the name the destination has (`destination.selector.name`).
 * @throws ImageError `OUTPUT_IS_TERMINAL`, `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `NOT_FOUND`, `PERMISSION_DENIED`
 */
export async function openSink(destination: Destination, options: OpenSinkOptions = {}): Promise<BlobSink> {
  const { force = false, expected, source, remote, attaches = false } = options
  switch (destination.transport) {
    case 'oci':
      return openLayoutSink(destination.path, { name: destination.selector.name, force, expected, source, attaches })
    case 'dir':
      return openPlainDirectorySink(destination.path, { force })
    case 'archive':
    case 'oci-archive':
      return openOciArchiveSink(target(destination.transport, destination.path, options), {
        forDocker: destination.transport === 'archive',
      })
    case 'docker-archive':
      return openDockerArchiveSink(target('docker-archive', destination.path, options), destination.selector.name)
    case 'standard-stream':
      return openOciArchiveSink(target('archive', '-', options), { forDocker: true })
    default:
      if (remote !== undefined) return remote(destination)
      throw new ImageError(
        'TRANSPORT_UNAVAILABLE',
        `Cannot write ${escapeText(formatLocation(destination))}: only local images can be written here`,
      )
  }
}

/** A file, or standard output where its name is `-`. */
function target(kind: ArchiveKind, path: string, { force = false, output }: OpenSinkOptions): ArchiveTarget {
  if (path !== '-') return fileTarget(kind, path, force)
  if (output === undefined) throw new ImageError('DESTINATION_INVALID', 'Cannot write to standard output: there is none')
  if (!force && 'isTTY' in output && output.isTTY === true) throw outputIsTerminal()
  return outputTarget(kind, output)
}
