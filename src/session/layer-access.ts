import { type Descriptor, sizeOfBlobs } from '../blob/descriptor.ts'
import type { LayerScan } from '../check/layer-scan.ts'
import { ImageError } from '../error.ts'
import type { Image, Layer } from '../image/load.ts'
import type { KnownLayer, LayerReading } from '../layer/reading.ts'
import { StackBuilder } from '../overlay/apply.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { ReadLayerOptions, ScannedLayer } from '../worker/pool.ts'
import type { Asking } from './asking.ts'
import { contentsByLayer } from './contents-by-layer.ts'
import type { Merged } from './merged.ts'
import type { Session } from './session.ts'
import { treeAround } from './tree-around.ts'

type ReadOne<Known> = (blob: Descriptor, options: ReadLayerOptions) => Promise<Known>

/** Options of `LayerAccess.around` for a typed path. */
export type AroundOptions = {
  /** A symlink at the end is meant itself. */
  readonly keepLink?: boolean
  /** The files below a directory are wanted too: it is merged from all layers, so all are read. */
  readonly below?: boolean
  /** The file at the path is read next (`ReadLayerOptions.inflated`). */
  readonly inflated?: boolean
}

/**
 * The layers of one image: listed, read, merged, and the bytes of their files. Layers are read at once over the session's
 * threads; the first that fails stops the others. Positions count from the base, 0 first.
 */
export class LayerAccess {
  readonly #session: Session
  readonly #image: Image
  readonly #asking: Pick<Asking, 'signal' | 'semantics' | 'progress'>

  constructor(session: Session, image: Image, asking: Pick<Asking, 'signal' | 'semantics' | 'progress'>) {
    this.#session = session
    this.#image = image
    this.#asking = asking
  }

  get positions(): readonly number[] {
    return this.#image.layers.map(({ position }) => position)
  }

  /** The files of these layers, by their tables of contents where they have any, in the order asked for. @throws ImageError as `Session.listLayer` */
  list(positions: readonly number[], wish: Pick<ReadLayerOptions, 'inflated'> = {}): Promise<KnownLayer[]> {
    const listOne: ReadOne<KnownLayer> = (blob, options) => this.#session.listLayer(blob, { ...options, ...wish })
    return this.#together(signal => this.#start(this.#at(positions), signal, listOne))
  }

  /** These layers, each read whole, in the order asked for. @throws ImageError as `Session.readLayer` */
  read(positions: readonly number[]): Promise<LayerReading[]> {
    return this.#together(signal => this.#start(this.#at(positions), signal, this.#session.readLayer))
  }

  /** All layers, base first; in the place of one that is encrypted, damaged or missing, its error. @throws ImageError when the place fails */
  readable(): AsyncIterable<LayerReading | ImageError> {
    const { signal } = this.#asking
    return inOrder(
      this.#start(this.#image.layers, signal, this.#session.readLayer).map(reading =>
        reading.catch((error: unknown) => {
          if (!signal.aborted && error instanceof ImageError && UNREADABLE.test(error.code)) return error
          throw error
        }),
      ),
    )
  }

  /** The tree of the first `count` layers (all of them by default), each read whole. @throws ImageError as `Session.readLayer` */
  tree(count = this.#image.layers.length): Promise<Merged<LayerReading>> {
    return this.#merge(signal => this.#start(this.#image.layers.slice(0, count), signal, this.#session.readLayer))
  }

  /** The same tree of all layers, and by position what was found in the files of each. @throws ImageError as `Session.scanLayer` */
  async scannedTree(): Promise<Merged<LayerReading> & { readonly scans: readonly LayerScan[] }> {
    let scanned: readonly Promise<ScannedLayer>[] = []
    const merged = await this.#merge(signal => {
      scanned = this.#start(this.#image.layers, signal, this.#session.scanLayer)
      return scanned.map(async layer => (await layer).reading)
    })
    return { ...merged, scans: (await Promise.all(scanned)).map(({ scan }) => scan) }
  }

  /** The same tree, each layer known as `list` knows it. @throws ImageError as `Session.listLayer` */
  listedTree(count = this.#image.layers.length): Promise<Merged> {
    return this.#merge(signal => this.#start(this.#image.layers.slice(0, count), signal, this.#session.listLayer))
  }

  /** The tree as far as it takes to know what a typed path names (`treeAround`). @throws ImageError as `list` */
  around(typed: string, options: AroundOptions = {}): Promise<Merged> {
    const image = this.#image
    return treeAround(typed, options, {
      image,
      semantics: this.#asking.semantics,
      signal: this.#asking.signal,
      list: positions => this.list(positions, options.inflated === true ? { inflated: true } : {}),
      isLocal: async blob => (await this.#session.source.locate(blob)) !== undefined,
    })
  }

  /** A regular file's bytes, from the entry that carries them. @throws ImageError `CONTENT_NOT_A_FILE`, and as `Session.readContent` */
  content(layer: KnownLayer | undefined, content: TreeNode['content']): AsyncIterable<Uint8Array> {
    if (layer === undefined || content === undefined) {
      throw new ImageError('CONTENT_NOT_A_FILE', 'Cannot read a file: no layer carries its content')
    }
    const { blob } = layerAt(this.#image, content.layer)
    return this.#session.readContent(blob, layer, content.entry, {}, this.#asking.signal)
  }

  /** The contents of many files, each layer that carries any passed once. @throws ImageError as `Session.readFilesInOnePass` */
  contents(
    layers: Merged['readings'],
    files: readonly TreeNode[],
  ): AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]> {
    return contentsByLayer(files, (position, entries) => {
      const layer = layers[position]
      return layer && this.#session.readFilesInOnePass(layerAt(this.#image, position).blob, layer, entries, this.#asking.signal)
    })
  }

  /** The position of the layer that a person numbered from 1. @throws ImageError `LAYER_NOT_FOUND` */
  positionOf(typed: number): number {
    return layerAt(this.#image, typed - 1).position
  }

  /** Layers are stacked while the ones above them are still being read. */
  async #merge<Known extends KnownLayer>(start: (signal: AbortSignal) => readonly Promise<Known>[]): Promise<Merged<Known>> {
    const builder = new StackBuilder(this.#asking.semantics)
    const { signal } = this.#asking
    const readings = await this.#together(start, ({ changeset }) => inTurns(builder.appending(changeset), signal))
    const stack = builder.stack()
    return { readings, stack, snapshot: stack.snapshot(readings.length) }
  }

  /** Waits for all; `use` gets each in turn, base first. One layer that cannot be read stops the others. */
  async #together<Known>(
    start: (signal: AbortSignal) => readonly Promise<Known>[],
    use: (layer: Known) => void | Promise<void> = () => {},
  ): Promise<Known[]> {
    const stop = new AbortController()
    try {
      const layers: Known[] = []
      for await (const layer of inOrder(start(AbortSignal.any([this.#asking.signal, stop.signal])))) {
        layers.push(layer)
        await use(layer)
      }
      return layers
    } finally {
      stop.abort()
    }
  }

  #at(positions: readonly number[]): readonly Layer[] {
    return positions.map(position => layerAt(this.#image, position))
  }

  #start<Known>(layers: readonly Layer[], signal: AbortSignal, readOne: ReadOne<Known>): Promise<Known>[] {
    const progress = this.#asking.progress('reading')
    const total = sizeOfBlobs(layers)
    const done = new Map<number, number>()
    let read = 0
    const readings = layers.map(layer =>
      readOne(layer.blob, {
        signal,
        onProgress: bytes => {
          read += bytes - (done.get(layer.position) ?? 0)
          done.set(layer.position, bytes)
          progress.update(read, total)
        },
      }).catch((error: unknown) => {
        throw error instanceof ImageError ? namingLayer(error, layer) : error
      }),
    )
    void Promise.allSettled(readings).then(() => {
      progress.end()
      // Threads end while the layers are added up, because nothing more will be read.
      if (layers.length === this.#image.layers.length) void this.#session.pool.rest()
    })
    return readings
  }
}

/** Codes of a layer that cannot be read although its place can: the rest of the image can still be shown. */
const UNREADABLE = /^LAYER_|^FILESYSTEM_|^BLOB_(?:MISSING|SIZE_MISMATCH|DIGEST_MISMATCH)$/

/** Yields each value as soon as it and all before it have resolved; throws as soon as any of them rejects. */
async function* inOrder<Value>(promises: readonly Promise<Value>[]): AsyncGenerator<Value> {
  // Settles before one of them only where another has failed.
  const all = Promise.all(promises)
  for (const promise of promises) {
    await Promise.race([promise, all])
    yield await promise
  }
}

/** The layer at a position. @throws ImageError `LAYER_NOT_FOUND` */
export function layerAt({ layers }: Image, position: number): Layer {
  const layer = layers[position]
  if (layer !== undefined) return layer
  throw new ImageError('LAYER_NOT_FOUND', `Cannot find layer ${position + 1}: the image has ${layers.length}`, {
    hint: 'Layers are counted from the base, 1 first.',
  })
}

/** The same error with the layer's number, as a person counts, beside its digest. */
function namingLayer(error: ImageError, { blob, position }: Layer): ImageError {
  const named = `layer ${position + 1} (${blob.digest})`
  const action = error.action.replace(`layer ${blob.digest}`, named).replace(`read ${blob.digest}`, `read ${named}`)
  const options = { ...(error.hint !== undefined && { hint: error.hint }), cause: error }
  return new ImageError(error.code, { action, why: error.why.replace(`layer ${blob.digest}`, named) }, options)
}
