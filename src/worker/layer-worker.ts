import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Descriptor, isRecord } from '../blob/descriptor.ts'
import type { LocalBlob } from '../blob/source.ts'
import { DENSE, SPARSE, ZstdRecorder } from '../blob/stream/zstd-checkpoint.ts'
import type { LayerScanner } from '../check/packages/layer-scanner.ts'
import { ImageError, reasonOf } from '../error.ts'
import { CacheTee } from './cache-tee.ts'
import { checkpointPlace, scanPlace, storeFile } from './changeset-cache.ts'
import { storeCheckpoints } from './checkpoint-file.ts'
import { serveHashRing } from './hash-server.ts'
import type { LayerAnswer, LayerRequest } from './layer-protocol.ts'
import { LayerReader } from './layer-reader.ts'
import { encodeReading } from './reading/reading-codec.ts'
import { encodeScan } from './scan-codec.ts'
import { FramePointWriter } from './spool/frame-points.ts'
import { FrameSpools } from './spool/frame-spools.ts'
import { TarSpool } from './spool/tar-spool.ts'

/** Enough that the scheduler notices; a machine that is busy otherwise still gives the thread a third of a fair share. */
const NICER_BY = 5

if (isRecord(workerData) && workerData['yields'] === true) yieldToOthers()

/**
 * The thread that reads layers, one at a time, or hashes for another one that does. A blob on this machine is opened here and
 * read to its end without looking up (cancelling ends the thread); other blobs arrive in pieces, each answered before the next
 * few are sent.
 */
parentPort?.on('message', (request: LayerRequest) => {
  // One after the other: the bytes of a layer wait until its scanner is loaded.
  last = last.then(() => answered(request))
})

let last = Promise.resolve()

async function answered(request: LayerRequest): Promise<void> {
  try {
    await handle(request)
  } catch (error) {
    reader?.close()
    reader = undefined
    scanner = undefined
    spool?.close()
    spool = undefined
    await Promise.all([frames?.close(false), points?.close(false)])
    frames = undefined
    points = undefined
    kept?.close()
    kept = undefined
    const known = error instanceof ImageError
    const message = known ? error.message : `Cannot read the layer: ${reasonOf(error)}`
    answer({ type: 'failed', code: known ? error.code : 'LAYER_READ_FAILED', message, hint: known ? error.hint : undefined })
  }
}

/** A progress report every so many bytes of a local blob. */
const PROGRESS_STEP = 4 * 1024 * 1024

let reader: LayerReader | undefined
let scanner: LayerScanner | undefined
let store: string | undefined
let spool: TarSpool | undefined
let frames: FrameSpools | undefined
let points: FramePointWriter | undefined
let kept: CacheTee | undefined
let done = 0

async function handle(request: LayerRequest): Promise<void> {
  if (request.type === 'read') {
    const writer = request.spool === undefined ? undefined : new TarSpool(request.spool)
    spool = writer
    scanner = request.scan ? new (await import('../check/packages/layer-scanner.ts')).LayerScanner() : undefined
    const place = request.store
    reader = new LayerReader(request.blob, {
      checkpoints: place !== undefined,
      recordFrames: place === undefined ? undefined : () => recordFrames(place, request.inflated),
      onTar: (bytes, starts) => {
        writer?.write(bytes)
        frames?.write(bytes, starts)
      },
      scanner,
      ring: request.ring,
    })
    store = place
    kept = request.keep === undefined ? undefined : new CacheTee(request.keep)
    done = 0
    if (request.local !== undefined) await readLocal(reader, request.blob, request.local)
  } else if (request.type === 'hash') serveHashRing(request.ring)
  else if (request.type === 'bytes') {
    // After a failure the rest of what was on its way is let fall.
    if (reader === undefined) return
    const { buffer, byteOffset, byteLength } = request.bytes
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    reader.push(bytes)
    kept?.write(bytes)
    done += byteLength
    answer({ type: 'progress', done, spare: buffer })
  } else if (reader !== undefined) await finish(reader)
}

/** Of zstd frames checkpoints are kept beside the reading; of those that have none their inflated bytes, if a file is wanted. */
function recordFrames(place: string, inflated: boolean): ZstdRecorder {
  const kept = new FramePointWriter(place, { held: true })
  const recorder = new ZstdRecorder({ onPoint: point => kept.add(point), spacing: inflated ? DENSE : SPARSE })
  points = kept
  frames = inflated ? new FrameSpools(place, () => recorder.tooLarge) : undefined
  return recorder
}

async function readLocal(layer: LayerReader, blob: Descriptor, { file, offset, size }: LocalBlob): Promise<void> {
  const descriptor = openSync(file, 'r')
  try {
    // One byte more than the descriptor says is enough to see that a blob is too long.
    for (let left = Math.min(size, blob.size + 1), reported = 0; left > 0; ) {
      const buffer = layer.input()
      const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, left), offset + done)
      if (read === 0) break
      layer.push(buffer.subarray(0, read))
      done += read
      left -= read
      if (spool?.isWriting || frames?.isWriting || points?.isWriting) await turn()
      await frames?.ready()
      await points?.ready()
      if (done - reported < PROGRESS_STEP) continue
      reported = done
      answer({ type: 'progress', done })
    }
  } finally {
    closeSync(descriptor)
  }
  await finish(layer)
}

async function finish(layer: LayerReader): Promise<void> {
  const reading = layer.finish()
  const encoded = encodeReading(reading)
  const scan = scanner && encodeScan(reading.digest, scanner.finish())
  await spool?.finish()
  spool?.close()
  spool = undefined
  layer.close()
  reader = undefined
  await Promise.all([frames?.close(true), points?.close(true)])
  frames = undefined
  points = undefined
  scanner = undefined
  const whole = kept?.close() ?? false
  kept = undefined
  if (store !== undefined) {
    if (layer.checkpoints.length > 0) storeCheckpoints(checkpointPlace(store), layer.checkpoints)
    storeFile(store, encoded)
    if (scan !== undefined) storeFile(scanPlace(store), scan)
  }
  answer({ type: 'done', encoded, scan, kept: whole })
}

function answer(message: LayerAnswer): void {
  const moved = message.type === 'done' ? message.encoded.buffer : message.type === 'progress' ? message.spare : undefined
  parentPort?.postMessage(message, moved === undefined ? [] : [moved])
}

/**
 * Lets the program's other threads go before the one that calls this. On Linux, where every thread has a priority of its own;
 * elsewhere nothing happens. Only root may raise the priority again.
 */
function yieldToOthers(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    // The first thread has the number of the process: it is not for a worker to change.
    if (!Number.isInteger(thread) || thread === process.pid) return
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority(thread) + NICER_BY))
  } catch {
    // It is only about what comes first.
  }
}
