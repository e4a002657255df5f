import type { Descriptor } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { compute, type Job } from '../../list/compute.ts'
import { inSlices } from '../../list/in-slices.ts'
import type { Action } from '../model/action.ts'
import type { ContentSource } from '../model/content-source.ts'
import { type Effect, effectKey } from '../model/effect.ts'
import { LayersReading } from './layers-reading.ts'
import { pause } from './pause.ts'
import { Listings } from './perform-listing.ts'
import { performRebuild } from './perform-rebuild.ts'
import { asImageError } from './thrown.ts'
import type { OpenedImage, World } from './world.ts'

/** Bytes of one `content` answer. */
const CONTENT_LIMIT = 64 * 1024 * 1024

export type Performer = {
  perform(effect: Effect): void
  /** Aborts everything and closes what is open. */
  close(): Promise<void>
}

/** The one place where effects happen. Everything it starts ends in an action, or in silence when it was aborted. */
export function createPerformer(world: World, dispatch: (action: Action) => void): Performer {
  const running = new Map<string, AbortController>()
  const session = new Session(world, dispatch)

  const perform = (effect: Effect): void => {
    const key = effect.type === 'abort' ? effect.key : effectKey(effect)
    running.get(key)?.abort()
    if (effect.type === 'abort') return
    const controller = new AbortController()
    running.set(key, controller)
    const { signal } = controller
    session
      .run(effect, signal)
      .catch((thrown: unknown) => {
        if (!signal.aborted)
          dispatch({ type: 'failed', tag: 'tag' in effect ? effect.tag : effect.type, error: asImageError(thrown) })
      })
      .finally(() => {
        if (running.get(key) === controller) running.delete(key)
      })
  }
  return {
    perform,
    close: async () => {
      for (const controller of running.values()) controller.abort()
      await session.close()
    },
  }
}

class Session {
  readonly #world: World
  readonly #dispatch: (action: Action) => void
  readonly #listings: Listings
  #opened: OpenedImage | undefined
  #layers: LayersReading | undefined
  /** Ends what belongs to an image when another one takes its place. */
  #life = new AbortController()

  constructor(world: World, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
    this.#listings = new Listings(world, dispatch)
  }

  async run(effect: Exclude<Effect, { type: 'abort' }>, signal: AbortSignal): Promise<void> {
    switch (effect.type) {
      case 'find':
        for await (const candidates of this.#world.find(signal)) {
          if (!signal.aborted) this.#dispatch({ type: 'found', candidates })
        }
        return
      case 'list':
        return this.#listings.list(effect.listing, signal)
      case 'list-more':
        return this.#listings.more()
      case 'describe':
        return this.#listings.describe(effect.reference, signal)
      case 'referrers':
        return this.#referrers(effect.subject, signal)
      case 'prefer-layer':
        return this.#layers?.prefer(effect.layer)
      case 'open':
        return this.#open(effect, signal)
      case 'read-layers':
        return this.#layersRead().readAll(effect.layers, signal)
      case 'read-layer':
        return this.#layersRead().read(effect.layer, signal)
      case 'wait':
        await pause(effect.milliseconds, signal)
        if (!signal.aborted) this.#dispatch({ type: 'expire' })
        return
      case 'complete':
        return this.#dispatch({ type: 'completed', text: effect.text, offers: await this.#world.complete(effect.text) })
      case 'rebuild':
        return performRebuild(this.#need(), effect, AbortSignal.any([signal, this.#life.signal]), this.#dispatch)
      case 'save-text': {
        const text = await this.#need().saveBytes(bytesOf(effect.text), effect.destination, signal)
        return this.#dispatch({ type: 'done', tag: effect.tag, text })
      }
      case 'compute':
        return this.#compute(effect.job, signal)
      case 'settings':
        return this.#world.saveSettings(effect.settings)
      case 'copy':
        return this.#copy(effect.text, effect.what)
      case 'repaint':
      case 'suspend':
        return this.#world[effect.type]()
      case 'quit':
        return this.#world.quit(effect.error)
      default:
        return this.#content(effect, signal)
    }
  }

  async #referrers(subject: Descriptor, signal: AbortSignal): Promise<void> {
    const until = AbortSignal.any([signal, this.#life.signal])
    const referrers = await this.#need().referrers(subject, until)
    if (!until.aborted) this.#dispatch({ type: 'referrers-found', subject: subject.digest, referrers })
  }

  async close(): Promise<void> {
    this.#life.abort()
    await this.#opened?.close()
    this.#opened = undefined
  }

  async #open(effect: Extract<Effect, { type: 'open' }>, signal: AbortSignal): Promise<void> {
    const { reference, digest, platform } = effect
    const wanted = { ...(digest !== undefined && { digest }), ...(platform !== undefined && { platform }) }
    const opened = await this.#world.open(reference, wanted, signal)
    if (signal.aborted) return opened.close()
    await this.close()
    this.#life = new AbortController()
    this.#opened = opened
    this.#layers = new LayersReading(opened, this.#dispatch, this.#life.signal)
    const { nodes, image, offer, remote, notices } = opened
    this.#dispatch({ type: 'opened', reference, nodes, image, offer, remote, notices })
  }

  async #compute(job: Job, signal: AbortSignal): Promise<void> {
    const answer = await inSlices(compute(job), signal)
    if (answer !== undefined) this.#dispatch({ type: 'computed', answer })
  }

  #copy(text: string, what: string): void {
    const sent = this.#world.copy(text)
    // Nobody can tell whether a terminal took it.
    if (sent) this.#dispatch({ type: 'done', tag: 'copy', text: `Sent ${what} to the terminal’s clipboard.` })
    else throw new ImageError('CLIPBOARD_REFUSED', `Cannot copy ${what}: it is too long for a terminal’s clipboard`)
  }

  async #content(effect: ContentEffect, signal: AbortSignal): Promise<void> {
    const opened = this.#need()
    const until = AbortSignal.any([signal, this.#life.signal])
    switch (effect.type) {
      case 'read-blob':
        return this.#send(
          effect.tag,
          opened.readBlob(effect.blob, effect.range, until),
          effect.range.offset ?? 0,
          effect.blob.size,
          until,
        )
      case 'read-file': {
        const reading = this.#layersRead().at(effect.layer)
        const size = reading.changeset.sizes[effect.entry] ?? 0
        const bytes = opened.readFile(reading, effect.layer, effect.entry, effect.range, until)
        return this.#send(effect.tag, bytes, effect.range.offset ?? 0, size, until)
      }
      case 'page':
        return this.#world.page(this.#bytes(effect.source, until), effect.name, until)
      case 'save-bytes': {
        const text = await opened.saveBytes(this.#bytes(effect.source, until), effect.destination, until)
        return this.#dispatch({ type: 'done', tag: effect.tag, text })
      }
      case 'save': {
        const text = await opened.save(this.#layersRead().all, effect.layers, effect.path, effect.destination, until)
        return this.#dispatch({ type: 'done', tag: effect.tag, text })
      }
    }
  }

  #bytes(source: ContentSource, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (source.kind === 'blob') return this.#need().readBlob(source.blob, {}, signal)
    const { layer, entry } = source
    return this.#need().readFile(this.#layersRead().at(layer), layer, entry, {}, signal)
  }

  async #send(tag: string, source: AsyncIterable<Uint8Array>, offset: number, size: number, signal: AbortSignal): Promise<void> {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of source) {
      chunks.push(chunk)
      length += chunk.byteLength
      if (length > CONTENT_LIMIT)
        throw new ImageError('CONTENT_TOO_LARGE', `Cannot show more than ${CONTENT_LIMIT} bytes at once`)
    }
    if (!signal.aborted) this.#dispatch({ type: 'content', tag, bytes: Buffer.concat(chunks), offset, size })
  }

  #need(): OpenedImage {
    if (this.#opened === undefined) throw new ImageError('NOT_OPEN', 'Cannot do this: no image is open')
    return this.#opened
  }

  #layersRead(): LayersReading {
    if (this.#layers === undefined) throw new ImageError('NOT_OPEN', 'Cannot do this: no image is open')
    return this.#layers
  }
}

type ContentEffect = Extract<Effect, { type: 'read-blob' | 'read-file' | 'page' | 'save' | 'save-bytes' }>

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
