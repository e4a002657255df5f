import { constants, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { type Digest, splitDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import { quotePath, systemError } from './local-file.ts'
import { syncDirectory } from './staging.ts'

/**
 * Acts on the files of blobs of a layout, whether they are there or not. Where another user may write to the layout, he may put a link in the
 * place of a directory at any time: each directory is opened once and looked at after that, and the file is named by way of the handle
 * (`/proc/self/fd`, the way to `openat` that Node has). Where there is no `/proc`, paths are used.
 * @throws ImageError `DESTINATION_INVALID` for a directory that leads out of the layout, and those of the system
 */
export async function eachBlobFile(
  layout: string,
  digests: readonly Digest[],
  act: (file: string, digest: Digest) => Promise<void>,
): Promise<void> {
  for (const algorithm of new Set(digests.map(digest => splitDigest(digest)[0]))) {
    await using place = await HeldDirectory.open(layout, algorithm)
    for (const digest of digests) {
      const [kind, name] = splitDigest(digest)
      if (kind === algorithm) await act(join(place.path, name), digest)
    }
    await syncDirectory(place.path)
  }
}

/** `blobs/ALGORITHM` of a layout, opened; it is made where it is not there. */
class HeldDirectory {
  readonly path: string
  readonly #handles: readonly FileHandle[]

  private constructor(path: string, handles: readonly FileHandle[]) {
    this.path = path
    this.#handles = handles
  }

  static async open(layout: string, algorithm: string): Promise<HeldDirectory> {
    const handles: FileHandle[] = []
    try {
      const home = join(await realpath(layout), sep)
      let at = layout
      for (const name of ['blobs', algorithm]) {
        const next = join(at, name)
        await mkdir(next, { recursive: true })
        const handle = await open(next, constants.O_RDONLY | constants.O_DIRECTORY)
        handles.push(handle)
        at = existsSync(PROC) ? `${PROC}/${handle.fd}` : next
        if (!(await realpath(at)).startsWith(home)) throw leadsOut(layout, name)
      }
      return new HeldDirectory(at, handles)
    } catch (thrown) {
      await Promise.all(handles.map(each => each.close()))
      throw systemError(thrown, `write ${quotePath(layout)}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#handles.map(each => each.close()))
  }
}

const PROC = '/proc/self/fd'

function leadsOut(layout: string, name: string): ImageError {
  const why = `its directory ${quotePath(name)} is a link that leads out of it`
  return new ImageError(
    'DESTINATION_INVALID',
    { action: `write ${quotePath(layout)}`, why },
    { hint: 'Put a directory in the place of the link.' },
  )
}
