import type { BlobKind } from '../../artifact/blob-kind.ts'
import { type ArtifactPart, artifactParts } from '../../artifact/generic-rule.ts'
import { type Budget, SUMMARY_BUDGET } from '../../artifact/range-reader.ts'
import { type SettingsSummary, summariseSettings } from '../../artifact/summary/settings.ts'
import {
  DOCUMENT_SUMMARY_LIMIT,
  type Summary,
  saysDocument,
  summariseDocument,
  summariseHeader,
} from '../../artifact/summary/summarise.ts'
import { layerType } from '../../blob/media-type.ts'
import { readDocument } from '../../blob/read.ts'
import type { BlobSource } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import { type ArtifactConfig, artifactConfig } from './artifact-config.ts'
import { blobReader, READ_WHOLE } from './blob-reader.ts'
import { CHECKPOINT_WARNING, isCheckpoint } from './checkpoint.ts'
import { partKind } from './part-kind.ts'

/** One blob of an artifact, by what its descriptor and its first bytes say. */
export type ArtifactFile = {
  readonly part: ArtifactPart
  readonly kind: BlobKind | undefined
  /** Whether it is a tar, whose entries are files of the tree. */
  readonly tree: boolean
  /** Whether its bytes are of no use without a key. */
  readonly encrypted: boolean
  readonly summary: Summary | undefined
  /** Whether the summary was read from a blob that was held against its digest. */
  readonly proven: boolean
}

/** The facts of an artifact that need no more than beginnings and documents. */
export type ArtifactFacts = {
  readonly type: string
  readonly settings: SettingsSummary | undefined
  readonly files: readonly ArtifactFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Beside tensors, JSON is a tokenizer or the like: only small documents are worth their bytes there. */
const SMALL_DOCUMENT = 256 * 1024
/** Blobs that are looked into; the rest is listed by its descriptor. */
const FILES_LIMIT = 500

/**
 * Reads what an artifact says of itself: its config, and of each blob the beginning or, where it is a document, all. Blobs share
 * `SUMMARY_BUDGET`, so that a model of any size costs less than 2 MB; documents and small blobs, however many, `DOCUMENT_SUMMARY_LIMIT`.
 * `config` is the artifact's own, where it is on its way already.
 * @throws ImageError those of the source
 */
export async function artifactFacts(
  source: BlobSource,
  image: Image,
  signal: AbortSignal,
  config: Promise<ArtifactConfig> = artifactConfig(source, image, signal),
): Promise<ArtifactFacts> {
  const parts = artifactParts(image.layers.map(({ blob }) => blob))
  const budget: Budget = { left: SUMMARY_BUDGET }
  const documentLimit = parts.every(({ blob }) => saysDocument(blob)) ? DOCUMENT_SUMMARY_LIMIT : SMALL_DOCUMENT
  const whole: Budget = { left: DOCUMENT_SUMMARY_LIMIT }
  const diagnostics: Diagnostic[] = parts.flatMap(part => part.diagnostics)
  const limits = { budget, whole, documentLimit, signal }
  // Round trips to a registry are what takes time: the config and the blobs are asked for together.
  const configRead = waitedForLater(config)
  const started: Promise<KnownPart>[] = []
  for (const [index, part] of parts.entries()) {
    await started[index - AT_ONCE]
    started.push(waitedForLater(partFacts(source, part, { ...limits, before: started[index - 1] })))
  }
  const known = await Promise.all(started)
  const files = known.map(({ file }) => file)
  diagnostics.push(...known.flatMap(({ problem }) => problem ?? []))
  const { document, problem } = await configRead
  const settings = summariseSettings(document, image.manifest.value.config.mediaType)
  const checkpoint = isCheckpoint(image) ? [CHECKPOINT_WARNING] : []
  return {
    type: image.artifactType ?? '',
    settings,
    files,
    diagnostics: [...checkpoint, ...diagnostics, ...(problem === undefined ? [] : [problem])],
  }
}

/** The same promise, which may fail before anything waits for it. */
function waitedForLater<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  return promise
}

/** Blobs of one artifact that are asked for at once. */
const AT_ONCE = 4

type KnownPart = { readonly file: ArtifactFile; readonly problem?: Diagnostic }

/** The facts of one blob; why they could not be read, where its descriptor has to do. @throws nothing but what the signal says */
async function partFacts(source: BlobSource, part: ArtifactPart, limits: Limits): Promise<KnownPart> {
  const encrypted = layerType(part.blob.mediaType)?.encrypted === true
  const tree = part.tar && !encrypted
  const file: ArtifactFile = { part, kind: undefined, tree, encrypted, summary: undefined, proven: false }
  if (part.position >= FILES_LIMIT || encrypted) return { file }
  try {
    return { file: await fileFacts(source, part, limits) }
  } catch (error) {
    limits.signal.throwIfAborted()
    if (!(error instanceof ImageError)) throw error
    return { file, problem: { code: error.code, severity: 'warning', message: error.message, layer: part.position } }
  }
}

type Limits = {
  /** The blob before: headers share a budget, which is spent in the order of the manifest. */
  readonly before: Promise<unknown> | undefined
  readonly budget: Budget
  /** Bytes of documents and small blobs, which are read whole. */
  readonly whole: Budget
  readonly documentLimit: number
  readonly signal: AbortSignal
}

async function fileFacts(source: BlobSource, part: ArtifactPart, limits: Limits): Promise<ArtifactFile> {
  const { blob } = part
  const { before, budget, whole, documentLimit, signal } = limits
  if (saysDocument(blob) && !part.tar) {
    const known: ArtifactFile = { part, kind: 'json', tree: false, encrypted: false, summary: undefined, proven: true }
    if (blob.size > Math.min(documentLimit, whole.left)) return { ...known, proven: false }
    whole.left -= blob.size
    return { ...known, summary: summariseDocument(await readDocument(source, blob, signal, documentLimit), blob) }
  }
  if (blob.size <= READ_WHOLE) whole.left -= blob.size
  if (whole.left < 0) return { part, kind: undefined, tree: part.tar, encrypted: false, summary: undefined, proven: false }
  const reader = await blobReader(source, blob, signal)
  const { kind, tar } = await partKind(reader)
  await before
  const summary = await summariseHeader(kind, reader, budget)
  return { part, kind, tree: part.tar && tar, encrypted: false, summary, proven: reader.proven }
}
