import { ImageError } from '../../error.ts'
import { compute } from '../../list/compute.ts'
import { inSlices } from '../../overlay/in-slices.ts'
import type { Action } from '../model/action.ts'
import type { ContentSource } from '../model/content.ts'
import { type Effect, effectKey } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import { effectError } from './effect-error.ts'
import type { Handlers, PerformedEffect } from './handlers.ts'
import { HeldImage } from './held-image.ts'
import { pauseFor } from './pause.ts'
import { comparisonHandlers } from './perform-comparison.ts'
import { listingHandlers } from './perform-listing.ts'
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
  readonly #handlers: Handlers
  readonly #servings: Servings
  readonly #held = new Map<ImageId, HeldImage>()

  constructor(world: World, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
    this.#servings = new Servings(world, dispatch)
    this.#handlers = {
      ...listingHandlers(world, dispatch),
      ...comparisonHandlers({ world, need: id => this.#need(id), dispatch }),
      ...this.#imageHandlers(),
      ...this.#contentHandlers(),
      ...this.#worldHandlers(),
    }
  }

  async run(effect: PerformedEffect, signal: AbortSignal): Promise<void> {
    const handler = this.#handlers[effect.type] as (effect: PerformedEffect, signal: AbortSignal) => void | Promise<void>
    await handler(effect, signal)
  }

  /** Images: opened, read, asked, rebuilt. */
  #imageHandlers() {
    return {
      open: (effect, signal) => this.#open(effect, signal),
      close: ({ image }) => this.#close(image),
      'prefer-layer': ({ image, layer }) => this.#held.get(image)?.layers.prefer(layer),
      'read-layers': ({ image, layers }, signal) => this.#need(image).layers.readAll(layers, signal),
      'read-layer': ({ image, layer }, signal) => this.#need(image).layers.read(layer, signal),
      check: ({ image }, signal) =>
        this.#ask(image, signal, async ({ opened, layers }, until) => ({
          type: 'checked',
          id: image,
          ...(await opened.check(layers.all, until)),
        })),
      artifact: ({ image }, signal) =>
        this.#ask(image, signal, async ({ opened }, until) => ({
          type: 'artifact-described',
          page: await opened.artifactPage(until),
        })),
      referrers: ({ image, subject }, signal) =>
        this.#ask(image, signal, async ({ opened }, until) => ({
          type: 'referrers-found',
          subject: subject.digest,
          referrers: await opened.referrers(subject, until),
        })),
      rebuild: (effect, signal) => {
        const held = this.#need('shown')
        return performRebuild(held.opened, effect, held.until(signal), this.#dispatch)
      },
    } satisfies Partial<Handlers>
  }

  /** Bytes: shown, paged, saved. */
  #contentHandlers() {
    return {
      'read-blob': ({ image, tag, blob, range }, signal) => {
        const { held, until } = this.#until(image, signal)
        return this.#send(tag, held.opened.readBlob(blob, range, until), range.offset ?? 0, blob.size, until)
      },
      'read-file': (effect, signal) => this.#readFile(effect, signal),
      page: ({ source, name }, signal) => {
        const { until } = this.#until(source.image, signal)
        return this.#world.page(this.#bytes(source, until), name, until)
      },
      'page-text': ({ text, name }, signal) => this.#world.page(bytesOf(text), name, signal),
      save: async ({ image, tag, layers, path, destination }, signal) => {
        const { held, until } = this.#until(image, signal)
        const text = await held.opened.save(held.layers.all, layers, path, destination, until)
        this.#dispatch({ type: 'done', tag, text })
      },
      'save-bytes': async ({ source, tag, destination }, signal) => {
        const { held, until } = this.#until(source.image, signal)
        const text = await held.opened.saveBytes(this.#bytes(source, until), destination, until)
        this.#dispatch({ type: 'done', tag, text })
      },
      'save-text': async ({ text: saved, tag, destination }, signal) => {
        const text = await this.#need('shown').opened.saveBytes(bytesOf(saved), destination, signal)
        this.#dispatch({ type: 'done', tag, text })
      },
    } satisfies Partial<Handlers>
  }

  /** The terminal, the clock, the settings, the server. */
  #worldHandlers() {
    return {
      wait: async ({ milliseconds }, signal) => {
        await pauseFor(milliseconds, signal)
        if (!signal.aborted) this.#dispatch({ type: 'expire' })
      },
      rest: async ({ milliseconds }, signal) => {
        await pauseFor(milliseconds, signal)
        if (!signal.aborted) this.#dispatch({ type: 'rested' })
      },
      complete: async ({ text, of }) => this.#dispatch({ type: 'completed', text, offers: await this.#world.complete(text, of) }),
      compute: async ({ job }, signal) => {
        const answer = await inSlices(compute(job), signal)
        if (answer !== undefined) this.#dispatch({ type: 'computed', answer })
      },
      serve: ({ reference }, signal) => this.#servings.serve(reference, signal),
      settings: ({ settings }) => this.#world.saveSettings(settings),
      copy: ({ text, what }) => this.#copy(text, what),
      repaint: () => this.#world.repaint(),
      suspend: () => this.#world.suspend(),
      quit: ({ error }) => this.#world.quit(error),
    } satisfies Partial<Handlers>
  }

  /** A question about an open image, whose answer is dropped once it is closed. */
  async #ask(
    image: ImageId,
    signal: AbortSignal,
    answer: (held: HeldImage, until: AbortSignal) => Promise<Action>,
  ): Promise<void> {
    const { held, until } = this.#until(image, signal)
    const action = await answer(held, until)
    if (!until.aborted) this.#dispatch(action)
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

  #copy(text: string, what: string): void {
    const sent = this.#world.copy(text)
    // A terminal does not acknowledge OSC 52, so the message says only that it was sent.
    if (sent) this.#dispatch({ type: 'done', tag: 'copy', text: `Sent ${what} to the terminal’s clipboard.` })
    else throw new ImageError('CLIPBOARD_REFUSED', `Cannot copy ${what}: it is too long for a terminal’s clipboard`)
  }

  async #readFile(
    { image, tag, layer, entry, range, near }: Extract<Effect, { type: 'read-file' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { held, until } = this.#until(image, signal)
    const reading = held.layers.at(layer)
    if (near === true && !(await held.opened.isNear(layer, reading))) return
    const bytes = held.opened.readFile(reading, layer, entry, range, until)
    await this.#send(tag, bytes, range.offset ?? 0, reading.changeset.sizes[entry] ?? 0, until)
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

  /** The image, and a signal that aborts when it is closed too. */
  #until(id: ImageId, signal: AbortSignal) {
    const held = this.#need(id)
    return { held, until: held.until(signal) }
  }

  #need(id: ImageId): HeldImage {
    const held = this.#held.get(id)
    if (held === undefined) throw new ImageError('NOT_OPEN', 'Cannot do this: no image is open')
    return held
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
