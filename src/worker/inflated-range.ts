import { open } from 'node:fs/promises'
import { createInflater } from '../blob/compression.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { CheckpointRecorder, PROOF, type Resume, resumeAt } from '../blob/inflate-checkpoint.ts'
import type { AccessPoint } from '../blob/inflater.ts'
import { embeddedData } from '../blob/read.ts'
import type { BlobSource, LocalBlob } from '../blob/source.ts'
import { DENSE, ZstdRecorder } from '../blob/stream/zstd-checkpoint.ts'
import type { LayerReading } from '../layer/reading.ts'
import { type ChangesetCache, checkpointPlace } from './changeset-cache.ts'
import { compressedBefore, findCheckpoint, loadCheckpoints, storeCheckpoints } from './checkpoint-file.ts'
import { type FramePlace, FramePointWriter, framePlaces, takeFramePoint } from './spool/frame-points.ts'
import { type InflatedSpool, InflatedSpoolWriter, readSpool, SPOOLED_FROM } from './spool/inflated-spool.ts'

/** A layer's blob, and what is known about it. */
export type LayerBlob = {
  readonly source: BlobSource
  readonly blob: Descriptor
  readonly reading: LayerReading
  readonly cache?: ChangesetCache | undefined
}

/**
 * Bytes `start` to `end` of a layer's uncompressed tar. A plain tar is read where they lie; a compressed one is inflated from
 * the nearest place before them where inflating can start: a gzip member, a zstd frame, a checkpoint of an earlier pass.
 * Bytes passed on the way leave checkpoints for the next time; zstd frames whose window is too large for that, a spool. Ends early where
 * the blob does.
 */
export async function* inflatedRange(layer: LayerBlob, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  if (start >= end) return
  if (layer.reading.compression === 'none') {
    yield* blobBytes(layer, start, end, signal)
    return
  }
  const place = layer.reading.compression === 'zstd' ? layer.cache?.place(layer.blob.digest) : undefined
  const places = place === undefined ? [] : await framePlaces(place)
  const member = memberBefore(layer, start)
  const frame = place === undefined ? undefined : await takeFramePoint(place, places, member.uncompressed, start)
  const from = frame === undefined ? await startBefore(layer, start, member, signal) : { ...frame, frame }
  const spooled = place !== undefined && from.frame === undefined && start - from.uncompressed >= SPOOLED_FROM
  const spool = spooled ? { place, uncompressed: from.uncompressed } : undefined
  let at = start
  if (spool !== undefined) {
    for await (const bytes of readSpool(spool, start - from.uncompressed, end - from.uncompressed)) {
      at += bytes.length
      yield bytes
    }
  }
  if (at < end) yield* inflateFrom(layer, from, at, end, { place, places, spool }, signal)
}

/** The files beside the reading of a zstd layer. */
type Kept = {
  readonly place: string | undefined
  readonly places: readonly FramePlace[]
  readonly spool: InflatedSpool | undefined
}

async function* inflateFrom(
  layer: LayerBlob,
  from: Resume,
  start: number,
  end: number,
  kept: Kept,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const recording = recordingFrom(layer, from.uncompressed, start)
  const frames = kept.place === undefined ? undefined : recordingFrames(kept.place, kept.places)
  const writer = kept.spool && frames && new InflatedSpoolWriter(kept.spool, () => frames.recorder.tooLarge)
  const wanted: Buffer[] = []
  let at = from.uncompressed
  const output = (bytes: Buffer) => {
    writer?.write(bytes)
    // The inflater's buffer is used again: the wanted bytes are copied.
    if (at + bytes.length > start && at < end) wanted.push(Buffer.from(bytes.subarray(Math.max(0, start - at), end - at)))
    at += bytes.length
  }
  const inflater = createInflater(layer.reading.compression, {
    output,
    diagnostic: () => {},
    recorder: recording?.recorder,
    zstdRecorder: frames?.recorder,
    resume: from,
  })
  // A spool goes on to what lies close behind, which is often wanted next, and to the end of its block.
  const stop = () => at >= end && (writer === undefined || !writer.isUsed || at >= end + SPOOL_AHEAD)
  let ended = false
  try {
    const until = writer === undefined ? compressedEnd(layer, end, kept.places) : layer.reading.size
    for await (const chunk of blobBytes(layer, from.compressed, until, signal)) {
      for (let piece = 0; piece < chunk.length && !stop(); piece += PIECE) {
        inflater.push(chunk.subarray(piece, piece + PIECE))
        if (wanted.length > 0) yield* wanted.splice(0)
        if (writer?.isWriting) await writer.ready()
        if (frames?.writer.isWriting) await frames.writer.ready()
      }
      if (stop()) return
    }
    inflater.finish()
    ended = true
    yield* wanted
  } finally {
    inflater[Symbol.dispose]()
    recording?.store()
    await Promise.all([writer?.close(ended), frames?.writer.close()])
    if (writer?.isUsed || frames?.writer.isUsed) layer.cache?.trim()
  }
}

/** These checkpoints need no proof beforehand: `readContent` removes all of them once a file that they gave is wrong. */
function recordingFrames(place: string, places: readonly FramePlace[]) {
  const writer = new FramePointWriter(place, { held: false })
  const known = places.map(({ uncompressed }) => uncompressed)
  return { writer, recorder: new ZstdRecorder({ onPoint: point => writer.add(point), spacing: DENSE, known }) }
}

/** Inflated beyond what is wanted, bytes: some ten milliseconds. More than a block, so that the last wanted bytes are kept. */
const SPOOL_AHEAD = 8 * 1024 * 1024
const READ_SIZE = 1024 * 1024
/** A piece of input inflates to a thousand times its size at most, and all of that may be wanted at once. */
const PIECE = 16 * 1024
/** Inflating less than this leaves no checkpoints. */
const WORTH_RECORDING = 8 * 1024 * 1024

/** The nearest place at or before `start` where inflating can start. */
async function startBefore(
  layer: LayerBlob,
  start: number,
  member: AccessPoint,
  signal: AbortSignal | undefined,
): Promise<Resume> {
  const file = layer.reading.compression === 'gzip' ? checkpointFile(layer) : undefined
  const checkpoint = file === undefined ? undefined : findCheckpoint(file, start)
  if (checkpoint === undefined || checkpoint.uncompressed <= member.uncompressed) return member
  const proof = await collected(blobBytes(layer, checkpoint.compressed - 1, checkpoint.compressed + PROOF, signal))
  return resumeAt(checkpoint, proof[0] ?? 0, proof.subarray(1)) ?? member
}

function memberBefore({ reading }: LayerBlob, start: number): AccessPoint {
  return reading.accessPoints.findLast(({ uncompressed }) => uncompressed <= start) ?? { compressed: 0, uncompressed: 0 }
}

/** Where in the blob the bytes before `end` of the tar are complete: registries are asked for no more. */
function compressedEnd(layer: LayerBlob, end: number, places: readonly FramePlace[]): number {
  const { accessPoints, compression, size } = layer.reading
  const [member = size, inside = size] = [accessPoints, places].map(
    ordered => ordered.find(({ uncompressed }) => uncompressed >= end)?.compressed,
  )
  const file = compression === 'gzip' ? checkpointFile(layer) : undefined
  return Math.min(member, inside, (file === undefined ? undefined : compressedBefore(file, end)) ?? size)
}

/** A recorder that goes on where earlier passes stopped, for a pass that is long enough. */
function recordingFrom(layer: LayerBlob, from: number, start: number) {
  const file = layer.reading.compression === 'gzip' && start - from >= WORTH_RECORDING ? checkpointFile(layer) : undefined
  if (file === undefined) return undefined
  const known = loadCheckpoints(file)
  const recorder = new CheckpointRecorder(known)
  return {
    recorder,
    store: () => {
      if (recorder.points.length > known.length) storeCheckpoints(file, recorder.points)
    },
  }
}

function checkpointFile({ cache, blob }: LayerBlob): string | undefined {
  const place = cache?.place(blob.digest)
  return place === undefined ? undefined : checkpointPlace(place)
}

async function* blobBytes(layer: LayerBlob, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const { source, blob } = layer
  const embedded = embeddedData(blob)
  if (embedded !== undefined) {
    yield embedded.subarray(start, end)
    return
  }
  const local = await source.locate(blob)
  if (local !== undefined) yield* fileBytes(local, start, end, signal)
  else {
    const range = { offset: start, length: Math.min(end, blob.size) - start }
    for await (const { buffer, byteOffset, byteLength } of source.fetchUnverified(blob, range, signal)) {
      yield Buffer.from(buffer, byteOffset, byteLength)
    }
  }
}

async function* fileBytes(
  { file, offset, size }: LocalBlob,
  start: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  await using handle = await open(file, 'r')
  const last = Math.min(end, size)
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(READ_SIZE, last - start)))
  for (let at = start; at < last; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, Math.min(READ_SIZE, last - at), offset + at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function collected(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
