import { ImageError } from '../../error.ts'
import { compute, type Job } from '../../list/compute.ts'
import { inSlices } from '../../overlay/in-slices.ts'
import type { Action } from '../model/action.ts'
import type { ContentSource } from '../model/content.ts'
import { type Effect, effectKey } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import { effectError } from './effect-error.ts'
import { HeldImage } from './held-image.ts'
import { pauseFor } from './pause.ts'
import { isComparison, performComparison } from './perform-comparison.ts'
import { Listings } from './perform-listing.ts'
import { performRebuild } from './perform-rebuild.ts'
import { Servings } from './perform-serving.ts'
import type { World } from './world.ts'

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
          dispatch({
            type: 'failed',
            tag: 'tag' in effect ? effect.tag : effect.type,
            ...('image' in effect && { id: effect.image }),
            error: effectError(thrown),
          })
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
  readonly #servings: Servings
  readonly #held = new Map<ImageId, HeldImage>()

  constructor(world: World, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
    this.#servings = new Servings(world, dispatch)
    this.#listings = new Listings(world, dispatch)
  }

  async run(effect: Exclude<Effect, { type: 'abort' }>, signal: AbortSignal): Promise<void> {
    if (isComparison(effect)) return performComparison(this.#doors, effect, signal)
    switch (effect.type) {
      case 'find':
      case 'search':
      case 'list':
      case 'list-more':
      case 'describe':
        return this.#listings.perform(effect, signal)
      case 'check':
      case 'artifact':
      case 'referrers':
        return this.#ask(effect, signal)
      case 'prefer-layer':
        return this.#held.get(effect.image)?.layers.prefer(effect.layer)
      case 'open':
        return this.#open(effect, signal)
      case 'close':
        return this.#close(effect.image)
      case 'read-layers':
        return this.#need(effect.image).layers.readAll(effect.layers, signal)
      case 'read-layer':
        return this.#need(effect.image).layers.read(effect.layer, signal)
      case 'wait':
      case 'rest':
        return this.#wait(effect, signal)
      case 'complete':
        return this.#dispatch({ type: 'completed', text: effect.text, offers: await this.#world.complete(effect.text) })
      case 'rebuild':
        return this.#rebuild(effect, signal)
      case 'save-text':
      case 'page-text':
        return this.#text(effect, signal)
      case 'serve':
        return this.#servings.serve(effect.reference, signal)
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

  get #doors() {
    return { world: this.#world, need: (id: ImageId) => this.#need(id), dispatch: this.#dispatch }
  }

  async #text(effect: Extract<Effect, { type: 'save-text' | 'page-text' }>, signal: AbortSignal): Promise<void> {
    if (effect.type === 'page-text') return this.#world.page(bytesOf(effect.text), effect.name, signal)
    const text = await this.#need('shown').opened.saveBytes(bytesOf(effect.text), effect.destination, signal)
    this.#dispatch({ type: 'done', tag: effect.tag, text })
  }

  async #wait({ type, milliseconds }: Extract<Effect, { type: 'wait' | 'rest' }>, signal: AbortSignal): Promise<void> {
    await pauseFor(milliseconds, signal)
    if (!signal.aborted) this.#dispatch({ type: type === 'wait' ? 'expire' : 'rested' })
  }

  #rebuild(effect: Extract<Effect, { type: 'rebuild' }>, signal: AbortSignal): Promise<void> {
    const held = this.#need('shown')
    return performRebuild(held.opened, effect, held.until(signal), this.#dispatch)
  }

  /** A question about an open image. */
  async #ask(effect: Extract<Effect, { type: 'check' | 'artifact' | 'referrers' }>, signal: AbortSignal): Promise<void> {
    const held = this.#need(effect.image)
    const until = held.until(signal)
    const answer = await answerOf(held, effect, until)
    if (!until.aborted) this.#dispatch(answer)
  }

  async close(): Promise<void> {
    await Promise.all([this.#servings.close(), ...[...this.#held.keys()].map(id => this.#close(id))])
  }

  async #close(id: ImageId): Promise<void> {
    const held = this.#held.get(id)
    this.#held.delete(id)
    await held?.close()
  }

  async #open(effect: Extract<Effect, { type: 'open' }>, signal: AbortSignal): Promise<void> {
    const { image: id, reference, digest, platform } = effect
    const wanted = { ...(digest !== undefined && { digest }), ...(platform !== undefined && { platform }) }
    const opened = await this.#world.open(reference, wanted, signal)
    if (signal.aborted) return opened.close()
    await this.#close(id)
    this.#held.set(id, new HeldImage(id, opened, this.#dispatch))
    const { nodes, image, offer, settings, remote, notices, pulls } = opened
    this.#dispatch({ type: 'opened', id, reference, nodes, image, offer, settings, remote, notices, pulls })
  }

  async #compute(job: Job, signal: AbortSignal): Promise<void> {
    const answer = await inSlices(compute(job), signal)
    if (answer !== undefined) this.#dispatch({ type: 'computed', answer })
  }

  #copy(text: string, what: string): void {
    const sent = this.#world.copy(text)
    // A terminal does not acknowledge OSC 52, so the message says only that it was sent.
    if (sent) this.#dispatch({ type: 'done', tag: 'copy', text: `Sent ${what} to the terminal’s clipboard.` })
    else throw new ImageError('CLIPBOARD_REFUSED', `Cannot copy ${what}: it is too long for a terminal’s clipboard`)
  }

  async #content(effect: ContentEffect, signal: AbortSignal): Promise<void> {
    const held = this.#need('image' in effect ? effect.image : effect.source.image)
    const { opened, layers } = held
    const until = held.until(signal)
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
        const reading = layers.at(effect.layer)
        if (effect.near === true && !(await opened.isNear(effect.layer, reading))) return
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
        const text = await opened.save(layers.all, effect.layers, effect.path, effect.destination, until)
        return this.#dispatch({ type: 'done', tag: effect.tag, text })
      }
    }
  }

  #bytes(source: ContentSource, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { opened, layers } = this.#need(source.image)
    if (source.kind === 'blob') return opened.readBlob(source.blob, {}, signal)
    const { layer, entry } = source
    return opened.readFile(layers.at(layer), layer, entry, {}, signal)
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

  #need(id: ImageId): HeldImage {
    const held = this.#held.get(id)
    if (held === undefined) throw new ImageError('NOT_OPEN', 'Cannot do this: no image is open')
    return held
  }
}

type ContentEffect = Extract<Effect, { type: 'read-blob' | 'read-file' | 'page' | 'save' | 'save-bytes' }>

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function answerOf(
  { opened, layers }: HeldImage,
  effect: Extract<Effect, { type: 'check' | 'artifact' | 'referrers' }>,
  signal: AbortSignal,
): Promise<Action> {
  switch (effect.type) {
    case 'check':
      return { type: 'checked', id: effect.image, ...(await opened.check(layers.all, signal)) }
    case 'artifact':
      return { type: 'artifact-described', page: await opened.artifactPage(signal) }
    case 'referrers': {
      const { subject } = effect
      return { type: 'referrers-found', subject: subject.digest, referrers: await opened.referrers(subject, signal) }
    }
  }
}
