import { access, link, mkdir, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, parseDigest, splitDigest } from '../blob/digest.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import type { BlobSink } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { writingTime } from '../image/source-date.ts'
import { eachBlobFile } from './blob-files.ts'
import type { NamedRoot } from './docker-manifest.ts'
import { fileInDirectory, linkThatLeadsOut } from './file-in-directory.ts'
import { isIntact } from './is-intact.ts'
import { blobPath } from './layout.ts'
import { isSameFile, quotePath, readSmallFile, systemError } from './local-file.ts'
import { withLock } from './lock.ts'
import { makeSafe, syncDirectory, writeBlobFile, writeSmallFile } from './staging.ts'
import { forgetTemporary, removeTemporary, sweepLeftovers, temporaryPath } from './temporary.ts'
import { errorCode } from './text/usual-text.ts'
import { writeOnce } from './write-once.ts'
import { directoryPlace } from './write-path.ts'
import { indexJsonOf, LAYOUT_FILE, nameTaken, WrittenIndex } from './written-index.ts'

export type SinkOptions = {
  /** The tag the image is meant to get: refused at once when it is taken. */
  readonly name?: string | undefined
  /** Replace what has the name. */
  readonly force?: boolean
  /** The digest of what will be written, where it is known before: a tag that has it already is no hindrance. */
  readonly expected?: Digest | undefined
  /** The file or directory the image is read from, if it is one: a result without a name is not put beside its source unasked. */
  readonly source?: string | undefined
  /** The written manifest refers to something that is there: it is found by that and needs no name. */
  readonly attaches?: boolean
}

/**
 * Writes an OCI layout, a new one or into an existing one. Blobs wait in a staging directory on the same file system; a commit
 * renames them in and replaces `index.json` last, under a lock.
 * @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function openLayoutSink(directory: string, options: SinkOptions = {}): Promise<BlobSink> {
  const target = await directoryPlace(directory)
  const existing = await inspect(target, directory, options)
  const home = existing ? target : await nearestDirectory(dirname(target))
  await sweepLeftovers(target)
  await sweepLeftovers(home)
  const staging = temporaryPath(home)
  try {
    // Not both in one recursive call: Node tries forever where the file system takes no directory at all (/proc).
    await mkdir(staging)
    await mkdir(join(staging, 'blobs'))
  } catch (thrown) {
    forgetTemporary(staging)
    throw systemError(thrown, `write ${quotePath(directory)}`)
  }
  return new LayoutSink(directory, target, staging, options)
}

class LayoutSink implements BlobSink {
  readonly [Symbol.asyncDispose] = () => this.abort()
  readonly name: string
  readonly #shown: string
  readonly #target: string
  readonly #staging: string
  readonly #options: SinkOptions
  readonly #staged = new Map<Digest, Promise<void>>()
  /** Blobs that were not sent because they were there, with their sizes. */
  readonly #relied = new Map<Digest, number>()
  alreadyThere = false
  readonly #more: NamedRoot[] = []
  #committed = false

  constructor(shown: string, target: string, staging: string, options: SinkOptions) {
    this.name = `oci:${escapeText(shown)}`
    this.#shown = quotePath(shown)
    this.#target = target
    this.#staging = staging
    this.#options = options
  }

  async has(blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const digest = parseDigest(blob.digest)
    if (this.#staged.has(digest)) return true
    const there = await fileInDirectory(this.#target, blobPath(digest), digest).catch(() => undefined)
    const intact = there !== undefined && (await isIntact(there.file, blob, signal))
    if (intact) this.#relied.set(digest, blob.size)
    return intact
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const digest = parseDigest(blob.digest)
    await writeOnce(this.#staged, digest, () => this.#write(digest, blob, bytes, signal))
  }

  async adopt(blob: Descriptor, file: string): Promise<boolean> {
    const digest = parseDigest(blob.digest)
    if (this.#staged.has(digest)) return true
    const path = join(this.#staging, blobPath(digest))
    try {
      if ((await stat(file)).size !== blob.size) return false
      await mkdir(dirname(path), { recursive: true })
      await link(file, path)
    } catch {
      // Another file system, or one without links: copying always works.
      return false
    }
    await makeSafe(path)
    this.#staged.set(digest, Promise.resolve())
    return true
  }

  async #write(
    digest: Digest,
    blob: Descriptor,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const path = join(this.#staging, blobPath(digest))
    const partial = join(this.#staging, splitDigest(digest).join('-'))
    try {
      await writeBlobFile(partial, blob, bytes, signal)
      await mkdir(dirname(path), { recursive: true })
      await rename(partial, path)
    } catch (thrown) {
      await unlink(partial).catch(() => {})
      throw systemError(thrown, `write ${blob.digest}`)
    }
  }

  alsoName(root: Descriptor, names: readonly string[]): void {
    this.#more.push({ root, names })
  }

  async checkName(root: Descriptor, name?: string): Promise<void> {
    const path = join(this.#target, 'index.json')
    if (await exists(path)) this.#refuseTaken(new WrittenIndex(await readSmallFile(path, DOCUMENT_LIMIT)), root, name)
  }

  #refuseTaken(index: WrittenIndex, root: Descriptor, name: string | undefined): void {
    const { force, attaches } = this.#options
    if (force === true || attaches === true) return
    if (index.heldUnder(name, root.digest) === 'other') throw nameTaken(name, this.#shown)
  }

  async commit(root: Descriptor, name?: string): Promise<void> {
    await Promise.all(this.#staged.values())
    try {
      if (!(await exists(join(this.#target, 'index.json')))) {
        await this.#checkRelied()
        if (await this.#commitNew(root, name)) return
      }
      await withLock(this.#target, stillHeld => this.#merge(root, name, stillHeld))
      await removeTemporary(this.#staging)
      this.#committed = true
    } catch (thrown) {
      throw systemError(thrown, `write ${this.#shown}`)
    }
  }

  #roots(root: Descriptor, name: string | undefined): readonly NamedRoot[] {
    return [{ root, names: name === undefined ? [] : [name] }, ...this.#more]
  }

  /** The staging directory becomes the layout in one step; false when something took the place meanwhile. */
  async #commitNew(root: Descriptor, name: string | undefined): Promise<boolean> {
    await writeSmallFile(join(this.#staging, 'oci-layout'), LAYOUT_FILE)
    await writeSmallFile(join(this.#staging, 'index.json'), indexJsonOf(this.#roots(root, name), writingTime()))
    for (const algorithm of await readdir(join(this.#staging, 'blobs')))
      await syncDirectory(join(this.#staging, 'blobs', algorithm))
    await syncDirectory(this.#staging)
    const made = await mkdir(dirname(this.#target), { recursive: true })
    try {
      await rename(this.#staging, this.#target)
    } catch (thrown) {
      if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(thrown) ?? '')) return false
      // Only an empty directory is removed: another process may have put something there.
      for (let at = dirname(this.#target); made !== undefined && at.startsWith(made); at = dirname(at))
        await rmdir(at).catch(() => {})
      throw thrown
    }
    forgetTemporary(this.#staging)
    this.#committed = true
    await syncDirectory(dirname(this.#target))
    return true
  }

  /**
   * Under the lock: the index is read again, for others have written since. Blobs that the result names and that were not sent must still be
   * there before the index says so, and the entry must be there afterwards; other programs keep to no lock.
   */
  async #merge(root: Descriptor, name: string | undefined, stillHeld: () => Promise<boolean>): Promise<void> {
    const index = new WrittenIndex(await readSmallFile(join(this.#target, 'index.json'), DOCUMENT_LIMIT))
    const roots = this.#roots(root, name)
    for (const each of roots) for (const its of namesOf(each)) this.#refuseTaken(index, each.root, its)
    const text = index.with(roots, { replace: this.#options.force, written: writingTime() })
    const moved: string[] = []
    try {
      await this.#moveBlobs(moved)
      await this.#checkRelied()
      if (!(await stillHeld())) throw changed('another peel took the lock over while this one stood still')
      this.alreadyThere = roots.every(each => namesOf(each).every(its => index.heldUnder(its, each.root.digest) === 'same'))
      if (!this.alreadyThere) {
        const replacement = join(this.#staging, 'index.json.new')
        await writeSmallFile(replacement, text)
        await rename(replacement, join(this.#target, 'index.json'))
        await syncDirectory(this.#target)
      }
      const written = new WrittenIndex(await readSmallFile(join(this.#target, 'index.json'), DOCUMENT_LIMIT))
      if (written.heldUnder(name, root.digest) !== 'same') throw changed('another program replaced its index.json meanwhile')
    } catch (thrown) {
      for (const path of moved) await unlink(path).catch(() => {})
      throw thrown
    }
  }

  /** `moved` is told of what was not there before. */
  async #moveBlobs(moved: string[]): Promise<void> {
    await eachBlobFile(this.#target, [...this.#staged.keys()], async (file, digest) => {
      if (!(await exists(file))) moved.push(join(this.#target, blobPath(digest)))
      await rename(join(this.#staging, blobPath(digest)), file)
    })
    if (!(await exists(join(this.#target, 'oci-layout')))) await writeSmallFile(join(this.#target, 'oci-layout'), LAYOUT_FILE)
  }

  async #checkRelied(): Promise<void> {
    for (const [digest, size] of this.#relied) {
      const stats = await stat(join(this.#target, blobPath(digest))).catch(() => undefined)
      if (stats?.isFile() !== true || stats.size !== size) throw changed(`its blob ${digest} was removed meanwhile`)
    }
  }

  async abort(): Promise<void> {
    if (this.#committed) return
    await Promise.allSettled(this.#staged.values())
    await removeTemporary(this.#staging)
  }
}

/** Whether the target is a layout already, rather than absent or an empty directory. */
async function inspect(target: string, shown: string, options: SinkOptions): Promise<boolean> {
  const { name, force, source, expected, attaches } = options
  const action = `write ${quotePath(shown)}`
  const refuse = (why: string, hint: string) => new ImageError('DESTINATION_INVALID', { action, why }, { hint })
  try {
    const stats = await stat(target).catch(thrown => {
      if (errorCode(thrown) !== 'ENOENT') throw thrown
    })
    if (stats === undefined) return false
    if (!stats.isDirectory())
      throw refuse('it is a file, not a directory', 'For an archive write oci-archive:FILE or docker-archive:FILE.')
    const names = await readdir(target)
    if (!names.includes('index.json')) {
      if (names.every(each => each.startsWith('.peel-'))) return false
      throw refuse('the directory is neither empty nor an OCI layout', 'Choose a new directory.')
    }
    const link = await linkThatLeadsOut(target)
    if (link !== undefined)
      throw refuse(`${quotePath(link)} is a link that leads out of it`, 'Put a directory in the place of the link.')
    const index = new WrittenIndex(await readSmallFile(join(target, 'index.json'), DOCUMENT_LIMIT))
    if (force === true || attaches === true) return true
    // Where it is not known yet what will be written, the commit sees whether it is what is there.
    if (expected !== undefined && index.heldUnder(name, expected) === 'other') throw nameTaken(name, quotePath(shown))
    if (name === undefined && source !== undefined && (await isSameFile(target, source))) {
      throw new ImageError('DESTINATION_EXISTS', `Cannot write ${quotePath(shown)}: it is where the image is read from`, {
        hint: `Give the result a tag of its own (oci:${escapeText(shown)}:TAG); --force writes there without one.`,
      })
    }
    return true
  } catch (thrown) {
    throw systemError(thrown, action)
  }
}

/** The names of a root, or that it has none. */
function namesOf({ names }: NamedRoot): readonly (string | undefined)[] {
  return names.length > 0 ? names : [undefined]
}

function changed(why: string): ImageError {
  const hint = 'Nothing was added to it; run the command again.'
  return new ImageError('DESTINATION_CHANGED', { action: 'write the layout', why }, { hint })
}

/** The directory, or the nearest one above it that is there: on the same file system, and nothing has to be made before the commit. */
async function nearestDirectory(directory: string): Promise<string> {
  for (let at = directory; ; at = dirname(at)) {
    if ((await exists(at)) || at === dirname(at)) return at
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
