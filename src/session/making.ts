import { abortable } from '../blob/abortable.ts'
import type { Rebuilt } from '../rebuild/rebuild-alone.ts'
import type { RebuildProgress, Workshop } from '../rebuild/workshop.ts'
import { FileStamps } from './file-stamps.ts'

type MakeWorkshop = (options: {
  readonly mayKeep?: (bytes: number) => boolean
  readonly isSparing?: () => boolean
}) => Workshop & AsyncDisposable

/** How a plan is carried out, and with what. */
export type MakingWork = {
  readonly rebuild: (workshop: Workshop, options: MakingOptions) => Promise<Rebuilt>
  readonly makeWorkshop: MakeWorkshop
  /** Bytes that blobs may take on the disk before the result is wanted. */
  readonly room: () => Promise<number>
}

type MakingOptions = { readonly onProgress: OnProgress; readonly signal: AbortSignal }
type OnProgress = (progress: RebuildProgress) => void

/**
 * A plan that is being carried out, or was: once, for its preview and for writing it. It lasts for as long as it has a holder;
 * then it stops, and its files are removed.
 */
export class Making {
  readonly #controller = new AbortController()
  readonly #listeners = new Set<OnProgress>()
  readonly #stamps = new FileStamps()
  readonly #made: Promise<Rebuilt>
  #latest: RebuildProgress | undefined
  #wanted: boolean
  /** A blob had no room: its size is measured, and it is not kept. */
  #counted = false
  #isMade = false
  #holders = 0
  #ended: Promise<void> | undefined
  readonly #gone = Promise.withResolvers<void>()
  /** Nothing of it is left. */
  readonly gone = this.#gone.promise

  /** `wanted`: every blob is kept, whatever room it takes. */
  constructor(work: MakingWork, wanted: boolean) {
    this.#wanted = wanted
    this.#made = this.#make(work)
    // Callers see the rejection in `result()`; a failed build is disposed of at once.
    this.#made.catch(() => this.end())
  }

  get isOver(): boolean {
    return this.#ended !== undefined
  }

  /** Holds it until the answer is called. A holder that arrives in the turn in which the last one let go keeps it alive. */
  hold(): () => void {
    this.#holders++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holders--
      queueMicrotask(() => {
        if (this.#holders === 0) void this.end()
      })
    }
  }

  /** Says that the result will be published, so that it is kept whatever it takes; false where it is too late for that. */
  want(): boolean {
    if (this.isOver || this.#counted) return false
    this.#wanted = true
    return true
  }

  /** The made image, unless `signal` aborts first; how far it is meanwhile. @throws ImageError those of `rebuild` */
  async result(onProgress: OnProgress, signal: AbortSignal): Promise<Rebuilt> {
    if (this.#latest !== undefined) onProgress(this.#latest)
    this.#listeners.add(onProgress)
    try {
      return await abortable(this.#made, signal)
    } finally {
      this.#listeners.delete(onProgress)
    }
  }

  /** Whether every blob that was made lies there as it was written. */
  async isWhole(): Promise<boolean> {
    const { outputs } = await this.#made
    if (this.isOver) return false
    const made = outputs.flatMap(({ from }) => (from === 'source' || from instanceof Uint8Array ? [] : [from.file]))
    const unchanged = await Promise.all(made.map(async file => file !== undefined && (await this.#stamps.isUnchanged(file))))
    return unchanged.every(Boolean)
  }

  /** Stops it, whatever its holders, and removes its blobs; unfinished ones go when its threads have answered. */
  async end(): Promise<void> {
    // A failed build has nothing to remove, and what cannot be removed now is when the program ends.
    this.#ended ??= this.#made
      .then(rebuilt => rebuilt[Symbol.asyncDispose]())
      .catch(() => undefined)
      .finally(this.#gone.resolve)
    this.#controller.abort()
    if (this.#isMade) await this.#ended
  }

  async #make({ rebuild, makeWorkshop, room }: MakingWork): Promise<Rebuilt> {
    const limit = this.#wanted ? undefined : await room()
    this.#controller.signal.throwIfAborted()
    // A preview that may never be wanted leaves half of the machine to others.
    const sparing = { isSparing: () => !this.#wanted }
    const options = limit === undefined ? {} : { mayKeep: (bytes: number) => this.#mayKeep(bytes, limit), ...sparing }
    await using workshop = makeWorkshop(options)
    const rebuilt = await rebuild(this.#stamped(workshop), {
      onProgress: progress => this.#tell(progress),
      signal: this.#controller.signal,
    })
    // Blobs that had room are no use without the one that had none.
    if (this.#counted) await rebuilt[Symbol.asyncDispose]()
    this.#latest = undefined
    this.#isMade = true
    return rebuilt
  }

  #stamped(workshop: Workshop): Workshop {
    return {
      ...workshop,
      make: async (...task) => {
        const made = await workshop.make(...task)
        if (made.blob.file === undefined) this.#counted = true
        else await this.#stamps.add(made.blob.file)
        return made
      },
    }
  }

  /** Once a blob was let go of, the others need no room either. */
  #mayKeep(bytes: number, limit: number): boolean {
    if (!this.#wanted && bytes > limit) this.#counted = true
    return !this.#counted
  }

  #tell(progress: RebuildProgress): void {
    this.#latest = progress
    for (const listener of this.#listeners) listener(progress)
  }
}
