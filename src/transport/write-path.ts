import type { Stats } from 'node:fs'
import { lstat, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ImageError } from '../error.ts'
import { quotePath, systemError } from './local-file.ts'
import { errorCode } from './text/usual-text.ts'

/** Links in a row before they count as a loop, as in the kernel. */
const HOPS = 40

/** The file that lies at the place of writing. */
export type WritePlace = {
  /** With every symlink followed: the file looked at here is the one that a rename replaces. */
  readonly path: string
  readonly exists: boolean
}

/**
 * Where a file is really written that a person named. A symlink is written where it leads, so that neither it nor a device is
 * replaced by a file (reports/force-through-a-symlink); a path to a device, a pipe or into `/proc` is refused, for a rename
 * there would put a file in its place.
 * @throws ImageError `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function writePlace(typed: string): Promise<WritePlace> {
  const { path, stats } = await followed(typed, at => {
    if (SYSTEM.test(at)) throw refused(typed, 'it leads to a device, which must not become a file', STREAM)
  })
  if (stats === undefined) return { path, exists: false }
  if (stats.isFile()) return { path, exists: true }
  if (stats.isDirectory()) throw refused(typed, 'it is a directory', 'For a layout write oci:DIR.')
  throw refused(typed, 'it is not a regular file', STREAM)
}

/**
 * Where a directory is really written that a person named: a symlink is followed, one to nothing as well, since a rename would take the place
 * of the link itself.
 * @throws ImageError `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function directoryPlace(typed: string): Promise<string> {
  return (await followed(typed, () => undefined)).path
}

/** The place that a path leads to, and what lies there, if anything does; `check` sees each path on the way. */
async function followed(
  typed: string,
  check: (path: string) => void,
): Promise<{ readonly path: string; readonly stats: Stats | undefined }> {
  let path = resolve(typed)
  for (let hops = 0; hops < HOPS; hops++) {
    path = join(await realDirectory(dirname(path), typed), basename(path))
    check(path)
    const stats = await lstat(path).catch(thrown => {
      if (errorCode(thrown) === 'ENOENT') return undefined
      throw systemError(thrown, `write ${quotePath(typed)}`)
    })
    if (stats?.isSymbolicLink() !== true) return { path, stats }
    path = resolve(dirname(path), await readlink(path))
  }
  throw refused(typed, 'its links go round in a circle', 'Name the place itself.')
}

const STREAM = 'For standard output write "-".'

/** Where the kernel shows devices and open files; `/dev/shm` is a directory like any other. */
const SYSTEM = /^\/(?:proc|sys|dev(?!\/shm\/))(?:\/|$)/

/** A directory that is not there yet is made by the sink, not here. */
async function realDirectory(directory: string, typed: string): Promise<string> {
  return realpath(directory).catch(thrown => {
    if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return directory
    throw systemError(thrown, `write ${quotePath(typed)}`)
  })
}

function refused(typed: string, why: string, hint: string): ImageError {
  return new ImageError('DESTINATION_INVALID', `Cannot write ${quotePath(typed)}: ${why}`, { hint })
}
