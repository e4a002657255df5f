import { mkdir, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, parseDigest } from '../blob/digest.ts'
import { isIndexOrManifest } from '../blob/media-type.ts'
import type { BlobSink } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { quotePath, systemError } from './local-file.ts'
import { DIRECTORY_VERSION, plainName } from './plain-directory.ts'
import { syncDirectory, writeBlobFile, writeSmallFile } from './staging.ts'
import { forgetTemporary, removeTemporary, sweepLeftovers, temporaryPath } from './temporary.ts'
import { errorCode } from './text/usual-text.ts'
import { writeOnce } from './write-once.ts'
import { directoryPlace } from './write-path.ts'

/**
 * Writes a directory as skopeo's `dir:` has it. All waits in a staging directory beside it and takes its name in one step.
 * @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function openPlainDirectorySink(directory: string, { force = false } = {}): Promise<BlobSink> {
  const target = await directoryPlace(directory)
  await checkTarget(target, directory, force)
  const home = dirname(target)
  await sweepLeftovers(home)
  const staging = temporaryPath(home)
  try {
    await mkdir(staging)
  } catch (thrown) {
    forgetTemporary(staging)
    throw systemError(thrown, `write ${quotePath(directory)}`)
  }
  return new PlainDirectorySink(directory, target, staging, force)
}

class PlainDirectorySink implements BlobSink {
  readonly [Symbol.asyncDispose] = () => this.abort()
  readonly name: string
  readonly #shown: string
  readonly #target: string
  readonly #staging: string
  readonly #force: boolean
  readonly #staged = new Map<Digest, Promise<string>>()
  #committed = false

  constructor(shown: string, target: string, staging: string, force: boolean) {
    this.name = `dir:${escapeText(shown)}`
    this.#shown = shown
    this.#target = target
    this.#staging = staging
    this.#force = force
  }

  async has(blob: Descriptor): Promise<boolean> {
    return this.#staged.has(parseDigest(blob.digest))
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const digest = parseDigest(blob.digest)
    await writeOnce(this.#staged, digest, () => this.#write(digest, blob, bytes, signal))
  }

  /** Answers the name the blob has now; a document's ends in `.manifest.json`. */
  async #write(
    digest: Digest,
    blob: Descriptor,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const name = `${plainName(digest)}${isIndexOrManifest(blob.mediaType) ? '.manifest.json' : ''}`
    const path = join(this.#staging, name)
    try {
      await writeBlobFile(path, blob, bytes, signal)
    } catch (thrown) {
      await unlink(path).catch(() => {})
      throw systemError(thrown, `write ${blob.digest}`)
    }
    return name
  }

  async commit(root: Descriptor): Promise<void> {
    await Promise.all(this.#staged.values())
    const name = await this.#staged.get(parseDigest(root.digest))
    if (name === undefined) throw new RangeError('the root was not put')
    try {
      await rename(join(this.#staging, name), join(this.#staging, 'manifest.json'))
      await writeSmallFile(join(this.#staging, 'version'), DIRECTORY_VERSION)
      await syncDirectory(this.#staging)
      // Looked at anew: others may have written there since.
      await checkTarget(this.#target, this.#shown, this.#force)
      await this.#takePlace()
    } catch (thrown) {
      throw systemError(thrown, `write ${quotePath(this.#shown)}`)
    }
    this.#committed = true
    await syncDirectory(dirname(this.#target))
  }

  /** A directory that is there is renamed away first: the system replaces only an empty one. */
  async #takePlace(): Promise<void> {
    const before = temporaryPath(dirname(this.#target))
    const replaced = await rename(this.#target, before).then(
      () => true,
      thrown => {
        if (errorCode(thrown) === 'ENOENT') return false
        throw thrown
      },
    )
    try {
      await rename(this.#staging, this.#target)
    } catch (thrown) {
      if (replaced) await rename(before, this.#target)
      forgetTemporary(before)
      throw thrown
    }
    forgetTemporary(this.#staging)
    if (replaced) await removeTemporary(before)
    else forgetTemporary(before)
  }

  async abort(): Promise<void> {
    if (this.#committed) return
    await Promise.allSettled(this.#staged.values())
    await removeTemporary(this.#staging)
  }
}

/** A directory of another kind is never replaced; one that is, by force alone. */
async function checkTarget(target: string, shown: string, force: boolean): Promise<void> {
  const refuse = (why: string, hint: string) =>
    new ImageError('DESTINATION_INVALID', `Cannot write ${quotePath(shown)}: ${why}`, { hint })
  try {
    const stats = await stat(target).catch(thrown => {
      if (errorCode(thrown) === 'ENOENT') return undefined
      throw thrown
    })
    if (stats === undefined) return
    if (!stats.isDirectory()) throw refuse('it is a file, not a directory', 'For an archive write oci-archive:FILE or FILE.tar.')
    const names = await readdir(target)
    if (names.length === 0) return
    if (names.includes('index.json'))
      throw refuse('it is an OCI layout', 'Write oci:DIR:TAG to add to it, or choose a new directory.')
    if (!names.includes('manifest.json') || !names.includes('version'))
      throw refuse('the directory is neither empty nor one of skopeo’s dir:', 'Choose a new directory.')
    if (!force)
      throw new ImageError('DESTINATION_EXISTS', `Cannot write ${quotePath(shown)}: it has an image already`, {
        hint: 'Choose another directory, or replace it with --force.',
      })
  } catch (thrown) {
    throw systemError(thrown, `write ${quotePath(shown)}`)
  }
}
