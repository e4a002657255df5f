import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, hasherFor, isVerifiable, parseDigest, shortDigest, splitDigest } from '../blob/digest.ts'
import { documentKind } from '../blob/media-type.ts'
import { readBlob } from '../blob/read.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { selectNodes } from '../image/choose.ts'
import { diffIDMismatch, isSameAlgorithm } from '../image/diff-id-mismatch.ts'
import type { Document } from '../image/document.ts'
import type { ImageIndex } from '../image/image-index.ts'
import { allNodes, type ImageNode } from '../image/list.ts'
import { type Layer, loadImage, loadManifest } from '../image/load.ts'
import { blobsOf } from '../image/manifest.ts'
import { type RuledDocument, validateDocument } from '../image/validate.ts'
import { plainBytes } from '../layer/plain-bytes.ts'
import type { LayerReading } from '../layer/reading.ts'
import { REFUSED_IN_STACK } from '../layer/refused-codes.ts'
import { semanticsNotice } from '../overlay/disagreement.ts'
import { mergedOf } from './merged.ts'
import type { Session } from './session.ts'

export type Verified = { readonly problems: readonly Diagnostic[]; readonly blobs: number; readonly bytes: number }

export type VerifyOptions = {
  readonly signal: AbortSignal
  /** Only the image of the platform asked for, instead of all that the reference names. */
  readonly only?: ImageNode
  readonly onProgress?: (bytes: number, total: number) => void
}

/** Oddities that runtimes shrug at and an image must not have (image-spec config.md, manifest.md): an error when verifying. */
const STRICT = new Set<ErrorCode>([
  ...REFUSED_IN_STACK,
  'SCHEMA_VERSION',
  'ROOTFS_TYPE',
  'DIFF_IDS_COUNT',
  'CONFIG_MISSING',
  'DOCUMENT_TYPE_MISMATCH',
  'MANIFEST_AMBIGUOUS',
  'WHITEOUT_INVALID',
  'PLATFORM_CONTRADICTION',
  'LAYERS_TOO_MANY',
  'ZSTD_IN_DOCKER_MANIFEST',
])

/**
 * Reads all that the reference names, documents and blobs, and says what is not as its digests, sizes, DiffIDs and the
 * rules of the specification have it. Never throws for a bad image: that is its answer.
 */
export async function verifyImages(session: Session, options: VerifyOptions): Promise<Verified> {
  const verifier = new Verifier(session, options)
  for (const diagnostic of session.listing.diagnostics) verifier.note(diagnostic)
  const nodes = options.only === undefined ? selectNodes(session.listing, session.selector) : [options.only]
  for (const node of allNodes(nodes)) await verifier.node(node)
  return await verifier.finish()
}

/** Layers that cannot be listed, which is no fault of theirs: of these only size and digest are verified. */
const ONLY_BYTES: ReadonlySet<string> = new Set(['LAYER_ENCRYPTED', 'LAYER_TYPE_UNSUPPORTED', 'FILESYSTEM_UNSUPPORTED'])

class Verifier {
  readonly #session: Session
  readonly #options: VerifyOptions
  readonly #problems = new Map<string, Diagnostic>()
  /** Shared layers are read once; a descriptor that says something else about the same digest is held against the blob anew. */
  readonly #blobs = new Map<string, Promise<LayerReading | undefined>>()
  readonly #digests = new Set<string>()
  readonly #pending: Promise<void>[] = []
  readonly #done = new Map<string, number>()
  #documents = 0
  #read = 0
  #total = 0

  constructor(session: Session, options: VerifyOptions) {
    this.#session = session
    this.#options = options
  }

  note(diagnostic: Diagnostic, digest?: string): void {
    const { code, severity, message, layer } = diagnostic
    // A diagnostic of a document that is reached twice is one problem.
    this.#problems.set(`${code} ${message} ${layer}`, {
      ...diagnostic,
      severity: STRICT.has(code) ? 'error' : severity,
      ...(digest !== undefined && { digest }),
    })
  }

  async node(node: ImageNode): Promise<void> {
    const { digest } = node.descriptor
    if (!isVerifiable(digest))
      this.note(
        {
          code: 'DIGEST_UNVERIFIABLE',
          severity: 'warning',
          message: `${digest} cannot be verified: its algorithm is not known here`,
        },
        digest,
      )
    await this.#attempt(digest, async () => {
      if (node.kind === 'missing' || node.kind === 'unreadable') throw node.error
      if (node.kind === 'index') this.#index(node.document)
      if (node.kind === 'image') await this.#image(node)
      if (node.kind === 'attestation' || node.kind === 'artifact') await this.#artifact(node.descriptor)
      if (node.kind === 'other') this.#plain(node.descriptor, null)
    })
  }

  async finish(): Promise<Verified> {
    await Promise.all(this.#pending)
    // Layers finish in any order; the answer has one.
    const problems = [...this.#problems.values()].sort((a, b) => (a.layer ?? -1) - (b.layer ?? -1))
    return { problems, blobs: this.#documents + this.#digests.size, bytes: this.#total }
  }

  #index(document: Document<ImageIndex>): void {
    this.#documents += 1
    this.#rules('index', document)
  }

  async #image({ descriptor }: ImageNode): Promise<void> {
    const image = await loadImage(this.#session.source, descriptor, this.#options.signal)
    this.#documents += image.config === undefined ? 1 : 2
    // Faults of the config are told field by field below.
    for (const diagnostic of image.diagnostics)
      if (diagnostic.code !== 'CONFIG_UNREADABLE') this.note(diagnostic, descriptor.digest)
    this.#rules('manifest', image.manifest)
    if (image.config !== undefined) this.#rules('config', image.config)
    const readings = image.layers.map(layer => this.#layer(layer))
    image.layers.forEach((layer, index) => {
      this.#later(layer.blob.digest, layer.position, async () => void (await readings[index]))
    })
    this.#pending.push(this.#together(readings, descriptor.digest))
  }

  /** Faults that show only where all layers of an image are known: entries that runtimes refuse, paths that are disputed. */
  async #together(readings: readonly Promise<LayerReading | undefined>[], digest: string): Promise<void> {
    const settled = await Promise.allSettled(readings)
    const known = settled.map(each => (each.status === 'fulfilled' ? each.value : undefined))
    if (known.includes(undefined)) return
    const { stack } = await mergedOf('overlay', known, this.#options.signal)
    const disputed = semanticsNotice(stack)
    for (const diagnostic of [...stack.diagnostics, ...(disputed === undefined ? [] : [disputed])]) this.note(diagnostic, digest)
  }

  async #artifact(descriptor: Descriptor): Promise<void> {
    const manifest = await loadManifest(this.#session.source, descriptor, this.#options.signal)
    this.#documents += 1
    // The schemas know nothing of the artifact manifest that the specification gave up.
    if (documentKind(descriptor.mediaType) === 'manifest') this.#rules('manifest', manifest)
    for (const blob of blobsOf(manifest.value)) this.#plain(blob, null)
  }

  #rules(kind: RuledDocument, { descriptor, raw, diagnostics }: Document<unknown>): void {
    const rules = validateDocument(kind, raw, `the ${kind} ${shortDigest(descriptor.digest)}`)
    for (const diagnostic of [...diagnostics, ...rules]) this.note(diagnostic, descriptor.digest)
  }

  async #layer({ blob, diffID, position }: Layer): Promise<LayerReading | undefined> {
    const reading = await this.#readLayer(blob, position)
    if (reading === undefined) return undefined
    for (const diagnostic of reading.changeset.diagnostics) this.note({ ...diagnostic, layer: position }, blob.digest)
    const actual = diffID === undefined ? reading.diffID : await this.#diffIDIn(diffID, reading, blob)
    const mismatch = actual && diffIDMismatch({ diffID, position }, { diffID: actual })
    if (mismatch !== undefined) this.note(mismatch, blob.digest)
    if (actual === undefined)
      this.note(
        {
          code: 'DIGEST_UNVERIFIABLE',
          severity: 'warning',
          message: `${diffID} cannot be verified: its algorithm is not known here`,
          layer: position,
        },
        blob.digest,
      )
    return reading
  }

  /** The DiffID in the algorithm that the config names it by; undefined where that cannot be computed here. */
  async #diffIDIn(wanted: Digest, { diffID }: LayerReading, blob: Descriptor): Promise<Digest | undefined> {
    if (isSameAlgorithm(wanted, diffID)) return diffID
    if (!isVerifiable(wanted)) return undefined
    const hash = hasherFor(wanted)
    for await (const chunk of plainBytes(readBlob(this.#session.source, blob, this.#options.signal), blob.digest))
      hash.update(chunk)
    return parseDigest(`${splitDigest(wanted)[0]}:${hash.digest('hex')}`)
  }

  /** Undefined for what is no tar that can be listed: of that only size and digest are verified. */
  #readLayer(blob: Descriptor, position: number): Promise<LayerReading | undefined> {
    return this.#once(blob, async () => {
      try {
        return await this.#session.readLayer(blob, {
          signal: this.#options.signal,
          onProgress: bytes => this.#progress(blob, bytes),
        })
      } catch (error) {
        if (!(error instanceof ImageError)) throw error
        if (error.code === 'LAYER_FOREIGN') {
          this.note({ code: error.code, severity: 'info', message: error.message, layer: position }, blob.digest)
          return undefined
        }
        if (!ONLY_BYTES.has(error.code)) throw error
        this.note(
          {
            code: error.code,
            severity: 'info',
            message: `${error.message}; only its size and digest are verified`,
            layer: position,
          },
          blob.digest,
        )
        await this.#drain(blob)
        return undefined
      }
    })
  }

  #plain(blob: Descriptor, layer: number | null): void {
    this.#later(blob.digest, layer, async () => {
      await this.#once(blob, async () => {
        await this.#drain(blob)
        return undefined
      })
    })
  }

  async #drain(blob: Descriptor): Promise<void> {
    let bytes = 0
    for await (const chunk of readBlob(this.#session.source, blob, this.#options.signal)) {
      bytes += chunk.byteLength
      this.#progress(blob, bytes)
    }
  }

  #once(blob: Descriptor, read: () => Promise<LayerReading | undefined>): Promise<LayerReading | undefined> {
    const claim = `${blob.digest} ${blob.size} ${blob.mediaType}`
    const known = this.#blobs.get(claim)
    if (known !== undefined) return known
    this.#total += blob.size
    this.#digests.add(blob.digest)
    const reading = read()
    this.#blobs.set(claim, reading)
    return reading
  }

  #later(digest: string, layer: number | null, act: () => Promise<void>): void {
    this.#pending.push(this.#attempt(digest, act, layer))
  }

  /** A failure to read is a problem of the image; an interruption or a fault of peel is thrown. */
  async #attempt(digest: string, act: () => Promise<void>, layer: number | null = null): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (!(error instanceof ImageError)) throw error
      const { code, message } = error
      this.note({ code, severity: 'error', message, ...(layer !== null && { layer }) }, digest)
    }
  }

  #progress({ digest }: Descriptor, bytes: number): void {
    this.#read += bytes - (this.#done.get(digest) ?? 0)
    this.#done.set(digest, bytes)
    this.#options.onProgress?.(this.#read, this.#total)
  }
}
