import { sizeOfBlobs } from '../blob/descriptor.ts'
import type { Diagnostic } from '../error.ts'
import { ImageError } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import { displayPath, type FilePath, ROOT, typedPath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import { StackBuilder } from '../overlay/apply.ts'
import { inTurns, nextTurn } from '../overlay/in-slices.ts'
import { resolvePlace } from '../overlay/resolve.ts'
import type { Stack } from '../overlay/tree.ts'
import { flatten, type Member } from '../rebuild/flatten.ts'
import type { CopiedLayers } from '../rebuild/layer-tar.ts'
import { readOrder } from '../rebuild/read-order.ts'
import { SourceLayers } from '../rebuild/source-layers.ts'
import type { LayerBytes } from '../rebuild/tar-bytes.ts'
import type { MadeBlob, RebuildOptions, Workshop } from '../rebuild/workshop.ts'
import { expectedBytes, writeLayer } from '../rebuild/write-layer.ts'
import { type Added, addedLayer } from './added-layer.ts'
import type { BuildBase, BuildLayer, BuildStep, BuildTask, TarInput } from './build-task.ts'
import { goneFrom, watched, whiteoutsOf } from './removed-paths.ts'

export type BuildOptions = Pick<RebuildOptions, 'semantics' | 'onProgress' | 'signal' | 'created'>

/** A layer that was made, or taken as it was. */
export type BuiltLayer = {
  /** Which of the task's layers it is. */
  readonly asked: number
  readonly words: string
  readonly blob: MadeBlob
  readonly reading: LayerReading
  /** Place in the stack of the tree it leads to. */
  readonly place: number
}

export type BuiltLayers = {
  readonly layers: readonly BuiltLayer[]
  /** The base's layers, then a place for each step. */
  readonly stack: Stack
  /** How many layers the base has. */
  readonly below: number
  readonly baseReadings: readonly LayerReading[]
  readonly unchanged: number
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Makes the layers of a task, each the difference of the tree before its steps and the tree after them; a layer without a
 * difference is not made, and said. The blobs made lie in `made`, for the caller to remove.
 * @throws ImageError `LAYER_UNREADABLE`, `TAR_DAMAGED`, those of the sources and of `addedLayer`
 */
export async function buildLayers(
  task: BuildTask,
  workshop: Workshop,
  options: BuildOptions,
  made: MadeBlob[],
): Promise<BuiltLayers> {
  await using building = new Building(task, workshop, options, made)
  await building.readBase()
  for (const [asked, layer] of task.layers.entries()) await building.add(layer, asked)
  return building.result()
}

/** The state of a layer's steps before it is written. */
type Stepped = { readonly from: number; readonly added: readonly Added[]; readonly newest: number | undefined }

class Building {
  readonly #task: BuildTask
  readonly #workshop: Workshop
  readonly #options: BuildOptions
  readonly #made: MadeBlob[]
  readonly #builder: StackBuilder
  readonly #base: SourceLayers | undefined
  readonly #below: number
  /** By place in the stack; the base's are opened when something is copied from them. */
  readonly #bytes: (LayerBytes | undefined)[] = []
  /** Tars that are layers of the result, by their place: something below a later step may be copied from them. */
  readonly #layers: BuiltLayer[] = []
  readonly #diagnostics: Diagnostic[] = []
  #places = 0
  #unchanged = 0

  constructor(task: BuildTask, workshop: Workshop, options: BuildOptions, made: MadeBlob[]) {
    this.#task = task
    this.#workshop = workshop
    this.#options = options
    this.#made = made
    this.#builder = new StackBuilder(options.semantics)
    this.#base = task.base && sourceLayers(task.base, workshop)
    this.#below = task.base?.image.layers.length ?? 0
  }

  async readBase(): Promise<void> {
    const { base } = this.#task
    if (base === undefined || this.#base === undefined) return
    const total = sizeOfBlobs(base.image.layers)
    const { signal, onProgress } = this.#options
    await this.#base.readAll(new Set(), {
      ...(signal !== undefined && { signal }),
      onProgress: done => onProgress?.({ phase: 'reading', done, total }),
    })
    for (let place = 0; place < this.#below; place++) await this.#push(this.#base.reading(place).changeset, undefined)
  }

  async add(layer: BuildLayer, asked: number): Promise<void> {
    if (layer.kind === 'tar') await this.#addTar(layer, asked)
    else await this.#addFiles(layer.steps, asked)
  }

  result(): BuiltLayers {
    const base = this.#base
    return {
      layers: this.#layers,
      stack: this.#builder.stack(),
      below: this.#below,
      baseReadings: base === undefined ? [] : Array.from({ length: this.#below }, (_, place) => base.reading(place)),
      unchanged: this.#unchanged,
      diagnostics: this.#diagnostics,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#base?.[Symbol.asyncDispose]()
  }

  async #push(changeset: Changeset, bytes: LayerBytes | undefined): Promise<void> {
    await inTurns(this.#builder.appending(changeset), this.#options.signal)
    this.#bytes.push(bytes)
    this.#places++
  }

  async #addTar({ words, tar }: Extract<BuildLayer, { kind: 'tar' }>, asked: number): Promise<void> {
    const { signal } = this.#options
    const { blob, written } =
      tar.kind === 'tar' ? await this.#workshop.make(tar.chunks(signal), this.#task.compress, signal) : await this.#keptTar(tar)
    this.#made.push(blob)
    checkTar(tar.kind === 'tar' ? tar.name : words, written)
    this.#diagnostics.push(...written.changeset.diagnostics)
    await this.#push(written.changeset, undefined)
    this.#layers.push({ asked, words, blob, reading: written, place: this.#places })
  }

  async #keptTar({ source, blob }: Extract<TarInput, { kind: 'blob' }>) {
    const { signal } = this.#options
    const written = await this.#workshop.readLayer(source, blob, signal === undefined ? {} : { signal })
    const bytes = (until?: AbortSignal) => source.fetchUnverified(blob, {}, until)
    return { blob: { digest: blob.digest, size: blob.size, file: undefined, bytes, remove: async () => {} }, written }
  }

  async #addFiles(steps: readonly BuildStep[], asked: number): Promise<void> {
    const stepped = await this.#step(steps)
    const words = steps.map(step => step.words).join(' ')
    try {
      const time = this.#task.time ?? stepped.newest ?? 0
      for (const added of stepped.added) added.setTimes(time)
      const members = () => this.#members(stepped.from)
      await nextTurn(this.#options.signal)
      if (members().next().done === true) {
        const message = `${words} changes nothing: it makes no layer`
        this.#diagnostics.push({ code: 'NOTHING_ADDED', severity: 'warning', message })
        return
      }
      await this.#write({ asked, words }, members, await this.#copied(members))
    } finally {
      for (const { bytes } of stepped.added) bytes.close()
    }
  }

  async #step(steps: readonly BuildStep[]): Promise<Stepped> {
    const from = this.#places
    const added: Added[] = []
    let newest: number | undefined
    for (const step of steps) {
      if (step.kind === 'delete') await this.#delete(step.path)
      else {
        const below = this.#builder.stack().snapshot(this.#places)
        const seen = new Set<FilePath>(step.kind === 'mirror' ? step.absent : [])
        const tree = step.kind === 'mirror' ? watched(step.tree, seen) : step.tree
        const one = await addedLayer(tree, step.rules, below, this.#options.signal)
        added.push(one)
        this.#unchanged += one.unchanged
        this.#diagnostics.push(...one.diagnostics)
        if (one.newest !== undefined) newest = Math.max(newest ?? one.newest, one.newest)
        const gone = step.kind === 'mirror' ? goneFrom(below, seen) : []
        if (gone.length > 0) await this.#push(whiteoutsOf(gone), undefined)
        await this.#push(one.changeset, { changeset: one.changeset, tar: one.bytes })
      }
    }
    return { from, added, newest }
  }

  async #delete(typed: string): Promise<void> {
    const snapshot = this.#builder.stack().snapshot(this.#places)
    const place = resolvePlace(snapshot, typedPath(typed), { keepLast: true })
    if (place === ROOT) {
      throw new ImageError('FILTER_INVALID', 'Cannot delete "/": that is the whole image', { hint: 'Name what is below it.' })
    }
    if (snapshot.find(place) === undefined) {
      const message = `--delete: there is no "/${displayPath(place)}"`
      this.#diagnostics.push({ code: 'NOTHING_TO_REMOVE', severity: 'warning', message })
    } else await this.#push(whiteoutsOf([place]), undefined)
  }

  #members(from: number): Generator<Member> {
    const stack = this.#builder.stack()
    return flatten(from === 0 ? undefined : stack.snapshot(from), stack.snapshot(this.#places))
  }

  /** The layers that are copied from: the sources, and layers of the base whose hard links are written again under fewer names. */
  async #copied(members: () => Iterable<Member>): Promise<CopiedLayers> {
    const content = (member: Member) => (member.kind === 'node' && member.node.type === 'file' ? member.node.content : undefined)
    const needed = new Set<number>()
    for (const member of members()) {
      const from = content(member)
      if (from !== undefined && this.#bytes[from.layer] === undefined) needed.add(from.layer)
    }
    if (needed.size === 0) return this.#bytes
    const { signal } = this.#options
    const opened = [...this.#bytes]
    const stack = this.#builder.stack()
    const copied = [...members()].filter(member => needed.has(content(member)?.layer ?? -1))
    const order = await inTurns(readOrder([copied], stack.changesets), signal)
    const reads = new Map([...order].filter(([place]) => needed.has(place)))
    if ([...needed].some(place => place >= this.#below)) throw linkedTar()
    await this.#base?.openAll(reads, signal === undefined ? {} : { signal })
    for (const place of needed) {
      const tar = this.#base?.atHand(place)
      if (tar !== undefined) opened[place] = { changeset: tar.reading.changeset, tar }
    }
    return opened
  }

  async #write(told: Pick<BuiltLayer, 'asked' | 'words'>, members: () => Iterable<Member>, layers: CopiedLayers): Promise<void> {
    const { signal, onProgress } = this.#options
    await nextTurn(signal)
    let total = 0
    for (const member of members()) total += expectedBytes(member)
    let done = 0
    const onBytes = (bytes: number) => {
      done += bytes
      onProgress?.({ phase: 'writing', done: Math.min(done, total), total })
    }
    const { blob, written } = await writeLayer(members(), layers, this.#task.compress, this.#workshop, { signal, onBytes })
    this.#made.push(blob)
    this.#base?.finish()
    this.#layers.push({ ...told, blob, reading: written, place: this.#places })
  }
}

function sourceLayers({ image, source }: BuildBase, workshop: Workshop): SourceLayers {
  return new SourceLayers(source, workshop, image.layers)
}

function checkTar(name: string, { changeset }: LayerReading): void {
  const damage = changeset.diagnostics.find(({ severity }) => severity === 'error')
  if (damage === undefined) return
  throw new ImageError('TAR_DAMAGED', { action: `use ${name} as a layer`, why: damage.message }, { hint: 'Nothing was written.' })
}

/** A later step left a file of a tar layer with fewer names: its content would have to be written once more. */
function linkedTar(): ImageError {
  return new ImageError(
    'LAYER_UNREADABLE',
    'Cannot change a hard-linked file of a --layer tar=: its other names would have to be written again',
    { hint: 'Unpack the tar and add the directory, or change the file in the tar.' },
  )
}
