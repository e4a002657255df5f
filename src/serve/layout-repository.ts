import { mkdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, isVerifiable, parseDigest } from '../blob/digest.ts'
import { DOCUMENT_LIMIT, readDocument } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { writingTime } from '../image/source-date.ts'
import { type GraphDocument, readBlobGraph } from '../session/blob-graph.ts'
import { fileInDirectory } from '../transport/file-in-directory.ts'
import { blobPath, openLayout } from '../transport/layout.ts'
import { readSmallFile } from '../transport/local-file.ts'
import { withLock } from '../transport/lock.ts'
import { syncDirectory, writeSmallFile } from '../transport/staging.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from '../transport/temporary.ts'
import { checkComplete } from './check-complete.ts'
import { changedIndex, type HeldDocuments, type TagChange, tagsOf } from './index-entries.ts'
import { makeLayout } from './make-layout.ts'
import { RegistryError } from './registry-error.ts'
import {
  type RepositoryChanges,
  referrerDescriptor,
  type SentDocument,
  type ServedBlob,
  type ServedDocument,
  type ServedRepository,
} from './served-repository.ts'

/** A layout as it was when its `index.json` had this stamp. */
type LayoutState = {
  /** Other after every replacement of `index.json`. */
  readonly stamp: string
  readonly source: BlobSource
  readonly documents: HeldDocuments
  /** Digests by tag. */
  readonly tags: ReadonlyMap<string, string>
}

/**
 * A layout on disk as a repository that takes pushes. Other programs may write to it meanwhile: `index.json` is read again when it has
 * changed, and changes happen under the layout's lock. A blob is there once its file is renamed in; a manifest once `index.json`,
 * which is replaced last, leads to it.
 */
export class LayoutRepository implements ServedRepository, RepositoryChanges {
  readonly name: string
  readonly directory: string
  readonly #root: string
  #state: LayoutState | undefined
  #last: Promise<unknown> = Promise.resolve()
  #changing = false

  /** `root` exists: the directory that uploads wait in as long as the layout does not. */
  constructor(name: string, directory: string, root: string) {
    this.name = name
    this.directory = directory
    this.#root = root
  }

  get changes(): RepositoryChanges {
    return this
  }

  get spool(): string {
    return this.#state === undefined ? this.#root : this.directory
  }

  /** Undefined where there is no layout yet. While this process changes it, it is answered as it was before. */
  async state(signal: AbortSignal): Promise<LayoutState | undefined> {
    if (this.#changing && this.#state !== undefined) return this.#state
    const stamp = await layoutStamp(this.directory)
    if (stamp !== this.#state?.stamp)
      this.#state = stamp === undefined ? undefined : await readState(this.directory, stamp, signal)
    return this.#state
  }

  async tags(signal: AbortSignal): Promise<readonly string[]> {
    return [...((await this.state(signal))?.tags.keys() ?? [])]
  }

  async manifest(reference: string, signal: AbortSignal): Promise<ServedDocument | undefined> {
    const state = await this.state(signal)
    const found = state?.documents.get(state.tags.get(reference) ?? reference)
    if (state === undefined || found === undefined) return undefined
    const { descriptor } = found
    return { descriptor, bytes: asking => readDocument(state.source, descriptor, asking) }
  }

  /** Any blob of the layout: one that was just pushed is in no manifest yet. */
  async blob(digest: Digest): Promise<ServedBlob | undefined> {
    const content = isVerifiable(digest) ? await fileInDirectory(this.directory, blobPath(digest), digest) : undefined
    return content && { size: content.size, content }
  }

  async referrers(subject: Digest, signal: AbortSignal): Promise<readonly Descriptor[]> {
    const documents = [...((await this.state(signal))?.documents.values() ?? [])]
    return documents.filter(document => document.subject?.digest === subject).map(referrerDescriptor)
  }

  async someDigest(signal: AbortSignal): Promise<Digest | undefined> {
    const [first] = (await this.state(signal))?.documents.values() ?? []
    return first?.descriptor.digest
  }

  async keepBlob(digest: Digest, file: string): Promise<void> {
    await makeLayout(this.directory, this.#root)
    const path = join(this.directory, blobPath(digest))
    await mkdir(dirname(path), { recursive: true })
    await rename(file, path)
    // Two names of one file stay both when one is renamed to the other.
    await unlink(file).catch(() => undefined)
    await syncDirectory(dirname(path))
  }

  async putManifest({ document, raw, tags }: SentDocument): Promise<void> {
    await makeLayout(this.directory, this.#root)
    await this.#change(async ({ documents }) => {
      const blobSize = async (digest: Digest) => (await this.blob(digest))?.size
      const { embedded } = await checkComplete(document, documents, blobSize)
      for (const { digest, bytes } of [...embedded, { digest: document.descriptor.digest, bytes: raw }])
        await this.#writeDocument(digest, bytes)
      const held = new Map(documents).set(document.descriptor.digest, document)
      return { change: { put: { document, tags } }, held }
    })
  }

  async deleteTag(tag: string): Promise<boolean> {
    return this.#change(async ({ documents, tags }) => (tags.has(tag) ? { change: { untag: tag }, held: documents } : undefined))
  }

  async deleteManifest(digest: Digest): Promise<boolean> {
    const gone = await this.#change(async ({ documents }) => {
      if (!documents.has(digest)) return undefined
      refuseNamed(documents, digest)
      return { change: { gone: digest }, held: new Map([...documents].filter(([each]) => each !== digest)) }
    })
    if (gone) await unlink(join(this.directory, blobPath(digest))).catch(() => undefined)
    return gone
  }

  async deleteBlob(digest: Digest): Promise<boolean> {
    let deleted = false
    await this.#change(async ({ documents }) => {
      refuseNamed(documents, digest)
      if (documents.has(digest) || (await this.blob(digest)) === undefined) return undefined
      await unlink(join(this.directory, blobPath(digest)))
      deleted = true
      return undefined
    })
    return deleted
  }

  /** One change after the other, each on the layout as it is now; false where `decide` finds nothing to change. */
  #change(decide: (state: LayoutState) => Promise<Decision | undefined>): Promise<boolean> {
    const turn = this.#last.then(() => withLock(this.directory, stillHeld => this.#replaceIndex(decide, stillHeld)))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #replaceIndex(
    decide: (state: LayoutState) => Promise<Decision | undefined>,
    stillHeld: () => Promise<boolean>,
  ): Promise<boolean> {
    const state = await this.state(new AbortController().signal)
    if (state === undefined) throw new RegistryError(404, 'NAME_UNKNOWN', 'there is no such repository')
    this.#changing = true
    const replacement = temporaryPath(this.directory)
    try {
      const decision = await decide(state)
      if (decision === undefined) return false
      const { change, held } = decision
      const path = join(this.directory, 'index.json')
      const isLatest = (await layoutStamp(this.directory)) === state.stamp
      const text = changedIndex(await readSmallFile(path, DOCUMENT_LIMIT), { ...change, written: writingTime() }, held)
      await writeSmallFile(replacement, text)
      if (!(await stillHeld())) throw new RegistryError(503, 'UNKNOWN', 'another program took the lock over; try again')
      await rename(replacement, path)
      await syncDirectory(this.directory)
      const stamp = (await layoutStamp(this.directory)) ?? ''
      // A program that keeps to no lock may have been in between: then all is read again.
      const tags = tagsOf(JSON.parse(text).manifests)
      this.#state = isLatest ? { stamp, source: state.source, documents: held, tags } : undefined
      return true
    } finally {
      await removeTemporary(replacement)
      this.#changing = false
    }
  }

  async #writeDocument(digest: Digest, bytes: Uint8Array): Promise<void> {
    const file = temporaryPath(this.directory)
    try {
      await writeSmallFile(file, bytes)
      await this.keepBlob(digest, file)
    } finally {
      await unlink(file).catch(() => undefined)
      forgetTemporary(file)
    }
  }
}

type Decision = { readonly change: TagChange; readonly held: HeldDocuments }

/** Undefined where there is no layout. */
export async function layoutStamp(directory: string): Promise<string | undefined> {
  const stats = await stat(join(directory, 'index.json'), { bigint: true }).catch(() => undefined)
  return stats && `${stats.ino} ${stats.mtimeNs} ${stats.size}`
}

async function readState(directory: string, stamp: string, signal: AbortSignal): Promise<LayoutState> {
  const source = await openLayout(directory)
  const roots = await source.roots(signal)
  const { documents } = await readBlobGraph(source, roots, signal)
  return { stamp, source, documents, tags: tagsOf(roots) }
}

/** A document that another one, which stays, leads to is not deleted: the image would be there in part. */
function refuseNamed(documents: ReadonlyMap<string, GraphDocument>, digest: Digest): void {
  for (const { descriptor, children } of documents.values()) {
    if (children.some(child => child.digest === digest))
      throw new RegistryError(403, 'DENIED', `the manifest ${parseDigest(descriptor.digest)}, which stays, needs it`)
  }
}
