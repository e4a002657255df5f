import { ImageError } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { KnownLayer } from '../layer/reading.ts'
import { StackBuilder } from '../overlay/apply.ts'
import { type ChangeCounts, changeCounts } from '../overlay/change-counts.ts'
import { inSlices } from '../overlay/in-slices.ts'
import type { Steps } from '../overlay/steps.ts'
import type { Semantics, Snapshot, Stack } from '../overlay/tree.ts'
import { contentByteSteps } from '../space/content-bytes.ts'
import { wasteSteps } from '../space/waste.ts'
import type { Analysis } from '../state/model/open-image.ts'

/**
 * Adds layers up as they arrive, base first: each is applied once, however often the sum is asked for, and sums handed
 * out earlier stay as they are.
 */
export class LayerSum {
  readonly #builder: StackBuilder
  readonly #count: number
  readonly #shipped: number[] = []
  readonly #changes: ChangeCounts[] = []
  #stack: Stack

  /** `count` is the number of layers of the image. */
  constructor(semantics: Semantics, count: number) {
    this.#builder = new StackBuilder(semantics)
    this.#count = count
    this.#stack = this.#builder.stack()
  }

  /** The sums over these layers, which begin with those of the call before. Keys are answered all the while. */
  async of(readings: readonly KnownLayer[], signal: AbortSignal): Promise<Analysis> {
    const added = readings.slice(this.#shipped.length).map(({ changeset }) => changeset)
    await inSlices(this.#builder.reserving(added), signal)
    for (const changeset of added) {
      await inSlices(this.#adding(changeset), signal)
      // Half of a layer is in the sum: it cannot be continued from here.
      signal.throwIfAborted()
    }
    // One stack for all that ask while no layer is added: its ledger and what else is kept for it are made once.
    if (this.#stack.changesets.length !== readings.length) this.#stack = this.#builder.stack()
    const stack = this.#stack
    const layers = readings.length
    const ledger = await inSlices(wasteSteps(stack), signal)
    if (ledger === undefined) throw signal.reason
    return {
      layers,
      stack,
      hidden: ledger.byLayer.map(({ shipped }) => shipped),
      caused: ledger.byLayer.map(({ caused }) => caused),
      shipped: this.#shipped.slice(),
      changes: this.#changes.slice(),
      complete: layers === this.#count,
    }
  }

  *#adding(changeset: Changeset): Steps<void> {
    yield* this.#builder.appending(changeset)
    const { tree } = this.#builder.stack()
    this.#changes.push(yield* changeCounts(tree, this.#changes.length))
    this.#shipped.push(yield* contentByteSteps(changeset))
  }

  /** The layers added so far, as one. */
  get stack(): Stack {
    return this.#stack
  }

  /** The tree of the first `layers` layers. @throws ImageError `LAYER_NOT_READ` */
  snapshot(layers: number): Snapshot {
    if (layers <= this.#shipped.length) return this.#stack.snapshot(layers)
    throw new ImageError('LAYER_NOT_READ', `Cannot do this: layer ${this.#shipped.length + 1} has not been read yet`)
  }
}
