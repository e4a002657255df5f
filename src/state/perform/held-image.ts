import type { Action } from '../model/action.ts'
import type { ImageId } from '../model/open-image.ts'
import { LayersReading } from './layers-reading.ts'
import type { ImageHandle } from './world.ts'

/** An open image with what runs on it. Closing it aborts that. */
export class HeldImage {
  readonly opened: ImageHandle
  readonly layers: LayersReading
  readonly #life = new AbortController()

  constructor(id: ImageId, opened: ImageHandle, dispatch: (action: Action) => void) {
    this.opened = opened
    this.layers = new LayersReading(id, opened, dispatch, this.#life.signal)
  }

  /** `signal`, and the end of the image. */
  until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#life.signal])
  }

  async close(): Promise<void> {
    this.#life.abort()
    await this.opened.close()
  }
}
