import type { BytesRead } from '../model/open-image.ts'

/** Told four times a second: each time costs a frame, over a slow line too. */
const TOLD_MILLISECONDS = 250
/** Where nothing comes it is told all the same, so that a rate falls. */
const SILENT_TURNS = 4

/** How far layers are that are read side by side, told of all of them at once and at a steady pace while any is read. */
export class ReadingProgress {
  readonly #tell: (at: number, layers: readonly BytesRead[]) => void
  readonly #moved = new Map<number, number>()
  #reading = 0
  #silent = 0
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (at: number, layers: readonly BytesRead[]) => void) {
    this.#tell = tell
  }

  begin(): void {
    this.#reading++
    this.#timer ??= setInterval(() => this.#turn(), TOLD_MILLISECONDS)
  }

  /** So many bytes of the layer's blob have been read. */
  note(layer: number, done: number): void {
    this.#moved.set(layer, done)
  }

  end(layer: number): void {
    this.#moved.delete(layer)
    if (--this.#reading > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #turn(): void {
    if (this.#moved.size === 0 && ++this.#silent < SILENT_TURNS) return
    this.#silent = 0
    const layers = [...this.#moved].map(([layer, done]) => ({ layer, done }))
    this.#moved.clear()
    this.#tell(performance.now(), layers)
  }
}
