import type { Action } from '../model/action.ts'
import type { ServedRequest } from '../model/serving.ts'
import { aborted } from './pause.ts'
import type { World } from './world.ts'

/** Each time costs a frame, over a slow line too. */
const STEP_MILLISECONDS = 250

/** One registry at a time: the next one listens when the one before has ended. */
export class Servings {
  readonly #world: Pick<World, 'serve'>
  readonly #dispatch: (action: Action) => void
  #ended: Promise<void> = Promise.resolve()

  constructor(world: Pick<World, 'serve'>, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
  }

  /** Serves until `signal` aborts; tells of requests a few times a second. */
  serve(reference: string, signal: AbortSignal): Promise<void> {
    const before = this.#ended
    const run = before.then(() => this.#run(reference, signal))
    this.#ended = run.catch(() => undefined)
    return run
  }

  /** Waits until nothing listens any more. Everything served must have been aborted. */
  close(): Promise<void> {
    return this.#ended
  }

  async #run(reference: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    let requests: ServedRequest[] = []
    let timer: NodeJS.Timeout | undefined
    const tell = () => {
      timer = undefined
      this.#dispatch({ type: 'served', requests })
      requests = []
    }
    const onRequest = (request: ServedRequest) => {
      requests.push(request)
      timer ??= setTimeout(tell, STEP_MILLISECONDS)
    }
    const { close, ...served } = await this.#world.serve(reference, onRequest, signal)
    try {
      if (!signal.aborted) this.#dispatch({ type: 'serving', served })
      await aborted(signal)
    } finally {
      await close()
      clearTimeout(timer)
    }
  }
}
