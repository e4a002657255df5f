import { ImageError } from '../../error.ts'
import type { KnownLayer } from '../../layer/reading.ts'
import type { Action } from '../model/action.ts'
import type { ImageId } from '../model/open-image.ts'
import { effectError } from './effect-error.ts'
import { pauseFor } from './pause.ts'
import { ReadingProgress } from './reading-progress.ts'
import type { ImageHandle } from './world.ts'

/** Layers that come within this time are added up together; each time waits twice as long as the one before, as the sum grows. */
const GATHER_MILLISECONDS = 100
const LONGEST_GATHER_MILLISECONDS = 1600

/** The layers of an open image as they are read, and what they add up to so far. `signal` ends everything. */
export class LayersReading {
  readonly #id: ImageId
  readonly #opened: ImageHandle
  readonly #dispatch: (action: Action) => void
  readonly #signal: AbortSignal
  readonly #readings: (KnownLayer | undefined)[]
  /** Layers that are neither read nor have failed. */
  readonly #waiting: Set<number>
  /** Aborted when nothing waits: there is nothing to gather any more. */
  readonly #settled = new AbortController()
  #preferred: number | undefined
  #analysed = 0
  #analysing = false
  #gather = GATHER_MILLISECONDS
  readonly #progress: ReadingProgress

  constructor(id: ImageId, opened: ImageHandle, dispatch: (action: Action) => void, signal: AbortSignal) {
    this.#id = id
    this.#opened = opened
    this.#dispatch = dispatch
    this.#signal = signal
    this.#readings = opened.image.layers.map(() => undefined)
    this.#waiting = new Set(this.#readings.keys())
    this.#progress = new ReadingProgress((at, layers) => dispatch({ type: 'layer-progress', id, at, layers }))
  }

  /** By position; undefined where a layer is still to be read or failed. */
  get all(): readonly (KnownLayer | undefined)[] {
    return this.#readings
  }

  /** @throws ImageError `LAYER_NOT_READ` */
  at(layer: number): KnownLayer {
    const reading = this.#readings[layer]
    if (reading !== undefined) return reading
    throw new ImageError('LAYER_NOT_READ', `Cannot read from layer ${layer + 1}: it has not been read yet`)
  }

  /** The layer that is read next. */
  prefer(layer: number): void {
    this.#preferred = layer
  }

  /** The preferred one is next whenever one may begin; a layer that fails does not stop the others. */
  async readAll(layers: readonly number[], signal: AbortSignal): Promise<void> {
    const reading: Promise<void>[] = []
    for (const layer of layers) {
      reading.push(this.read(layer, signal))
      // A layer that is known from before takes a moment: keys come in between.
      await pauseFor(0, signal)
    }
    await Promise.all(reading)
  }

  /** A layer whose files are known already is read whole, which tells whether its bytes are what they should be. */
  async read(layer: number, until: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([until, this.#signal])
    this.#progress.begin()
    try {
      const reading = await this.#opened.readLayer(layer, this.#optionsFor(layer), signal)
      if (signal.aborted) return
      // A listing stays what files are found by: the sum of the layers counts its entries.
      this.#readings[layer] ??= reading
      this.#dispatch({ type: 'layer-read', id: this.#id, layer, reading })
    } catch (thrown) {
      if (signal.aborted) return
      this.#dispatch({ type: 'layer-failed', id: this.#id, layer, error: effectError(thrown) })
    } finally {
      this.#progress.end(layer)
      // A layer that was given up waits on.
      if (!signal.aborted) this.#waiting.delete(layer)
      if (this.#waiting.size === 0) this.#settled.abort()
    }
    await this.#analyse()
  }

  #optionsFor(layer: number) {
    return {
      onProgress: (done: number) => this.#progress.note(layer, done),
      priority: () => (this.#preferred === layer ? 1 : 0),
      whole: this.#readings[layer] !== undefined,
    }
  }

  /** Adds up the layers from the base as far as they are read, one run at a time, the newest state each time. */
  async #analyse(): Promise<void> {
    if (this.#analysing) return
    this.#analysing = true
    try {
      while (this.#prefix().length > this.#analysed) {
        await this.#gathered()
        const readings = this.#prefix()
        if (this.#signal.aborted) return
        const analysis = await this.#opened.analyse(readings, this.#signal)
        if (this.#signal.aborted) return
        this.#analysed = readings.length
        this.#dispatch({ type: 'analysed', id: this.#id, analysis })
      }
    } catch (thrown) {
      if (!this.#signal.aborted) throw thrown
    } finally {
      this.#analysing = false
    }
  }

  /** Layers that are known from before come at once: they are added up together, not one after the other. */
  async #gathered(): Promise<void> {
    if (this.#waiting.size === 0) return
    await pauseFor(this.#gather, AbortSignal.any([this.#signal, this.#settled.signal]))
    this.#gather = Math.min(this.#gather * 2, LONGEST_GATHER_MILLISECONDS)
  }

  #prefix(): readonly KnownLayer[] {
    const end = this.#readings.indexOf(undefined)
    const run = end === -1 ? this.#readings : this.#readings.slice(0, end)
    return run.filter(reading => reading !== undefined)
  }
}
