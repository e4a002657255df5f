import { existsSync } from 'node:fs'
import type { Compression } from '../../blob/media-type.ts'
import type { BlobSource } from '../../blob/source.ts'
import { type Diagnostic, ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { isForWindows } from '../../image/load.ts'
import type { Destination } from '../../image/location.ts'
import { hostPlatform } from '../../image/platform.ts'
import { familiarReference } from '../../image/reference.ts'
import { sourceDate } from '../../image/source-date.ts'
import { parseAdd } from '../../make/add-request.ts'
import { type BuiltImage, buildImage } from '../../make/build-image.ts'
import type { BuildBase, BuildLayer, BuildStep, BuildTask } from '../../make/build-task.ts'
import { IgnoreRules, ignoreLines } from '../../make/ignore-rules.ts'
import type { Compress } from '../../rebuild/plan.ts'
import { parseSetting } from '../../rebuild/setting.ts'
import { quotePath } from '../../transport/local-file.ts'
import { readNamedText } from '../../transport/text/pipe.ts'
import type { Asking } from '../asking.ts'
import { createLayerThreads } from '../layer-threads.ts'
import { openSession, type Session, wantedPlatform } from '../session.ts'
import { showPhases } from '../show-phases.ts'
import { createWorkshop } from '../workshop.ts'
import { NO_XATTRS, readXattrs } from './file-xattrs.ts'
import { SourceDirectory } from './source-directory.ts'
import { openTar } from './tar-input.ts'
import { openTarget, type Target, writeTo } from './target.ts'

/** One option of `peel build` that makes or ends a layer, in the order of the command line. */
export type BuildWord =
  | { readonly kind: 'add'; readonly typed: string }
  | { readonly kind: 'delete'; readonly typed: string }
  | { readonly kind: 'layer'; readonly from: 'dir' | 'tar'; readonly typed: string }
  /** Of the layer that it follows, or of the first one. */
  | { readonly kind: 'history'; readonly typed: string }

export type BuildRequest = {
  /** DEST as typed; undefined measures only. */
  readonly destination: string | undefined
  readonly force: boolean
  /** IMAGE as typed; undefined builds on nothing. */
  readonly from: string | undefined
  readonly words: readonly BuildWord[]
  readonly settings: readonly string[]
  readonly compress: Compress
  /** A compression that was asked for, rather than the default. */
  readonly wanted: Compression | undefined
  readonly owner: readonly [uid: number, gid: number]
  /** `keep`, seconds since the epoch, or undefined: `SOURCE_DATE_EPOCH`, else the newest of each layer's files. */
  readonly time: 'keep' | number | undefined
  readonly ignoreFile: string | undefined
  /** `security.capability` of the sources too. */
  readonly xattrs: boolean
}

export type BuildRun = {
  readonly built: BuiltImage
  readonly destination: Destination | undefined
  /** Layers of the base, which stay. */
  readonly below: number
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Makes an image of files and tars of this machine, on an image or on nothing, and writes it. `use` sees it before temporary
 * blobs are removed.
 * @throws ImageError those of `buildImage`, `publish`, the sources, the base and the destination
 */
export async function runBuild<T>(asking: Asking, request: BuildRequest, use: (run: BuildRun) => Promise<T>): Promise<T> {
  return await runTask(asking, request, base => taskOf(asking, request, base), use)
}

/** The same for a task that is put together from the base. @throws ImageError as `runBuild` */
export async function runTask<T>(
  asking: Asking,
  request: Pick<BuildRequest, 'destination' | 'force' | 'from'>,
  taskOn: (base: BuildBase | undefined, session: Session | undefined) => Promise<BuildTask>,
  use: (run: BuildRun) => Promise<T>,
): Promise<T> {
  await using threads = createLayerThreads(asking)
  const show = showPhases(asking)
  await using workshop = createWorkshop(threads.pool, { countOnly: request.destination === undefined })
  let [session, target]: [Session | undefined, Target | undefined] = [undefined, undefined]
  try {
    const becomes = request.destination === undefined ? {} : ({ becomes: 'image' } as const)
    if (request.from !== undefined) session = await openSession(request.from, { ...asking, ...becomes, threads }, asking.signal)
    const from = session?.place ?? { transport: 'demo' as const }
    // Opened first: a destination that cannot be written is told before any work is done.
    if (request.destination !== undefined) target = await openTarget(asking, request.destination, { force: request.force, from })
    const base = session === undefined ? undefined : await baseOf(asking, session)
    const task = await taskOn(base, session)
    const foreign = foreignLayers(base, task, request.force)
    await using built = await buildImage(task, workshop, {
      ...optionsOf(asking),
      onProgress: show.update,
    })
    const source = session?.source ?? NOTHING
    const options = { onProgress: show.update, signal: asking.signal }
    const left = target === undefined ? [] : await writeTo(target, built, source, options)
    show.end()
    const below = base?.image.layers.length ?? 0
    return await use({ built, destination: target?.destination, below, diagnostics: [...foreign, ...built.diagnostics, ...left] })
  } finally {
    show.end()
    await target?.sink?.abort()
    await session?.close()
  }
}

/** A layer of files on an image for Windows is refused, or said where it is forced. @throws ImageError `PLATFORM_UNSUPPORTED` */
function foreignLayers(base: BuildBase | undefined, { layers }: BuildTask, force: boolean): readonly Diagnostic[] {
  if (layers.length === 0 || base === undefined || !isForWindows(base.image)) return []
  const why = 'layers of Windows have files below Files/ and hives of the registry, which peel does not write'
  if (force) return [{ code: 'PLATFORM_UNSUPPORTED', severity: 'warning', message: `The result may not start: ${why}` }]
  throw new ImageError('PLATFORM_UNSUPPORTED', `Cannot add a layer to a Windows image: ${why}`, {
    hint: 'Change its config alone (--set), or choose another platform with --platform; --force adds the files all the same.',
  })
}

/** The source of an image on nothing. */
const NOTHING: BlobSource = {
  name: 'nothing',
  roots: async () => [],
  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *fetchUnverified(blob) {
    throw new ImageError('BLOB_MISSING', `Cannot read ${blob.digest}: the image is built on nothing`)
  },
  locate: async () => undefined,
  close: async () => undefined,
}

function optionsOf({ semantics, signal }: Asking) {
  return { semantics, signal, created: sourceDate(process.env['SOURCE_DATE_EPOCH']) }
}

async function baseOf(asking: Asking, session: Session): Promise<BuildBase> {
  const image = await session.load(session.choose(wantedPlatform(asking.platform)), asking.signal)
  const { place } = session
  if (place.transport !== 'docker') return { image, source: session.source, annotations: {} }
  const [root] = await session.source.roots(asking.signal)
  return {
    image,
    source: session.source,
    annotations: {
      'org.opencontainers.image.base.name': familiarReference(place.reference),
      'org.opencontainers.image.base.digest': root?.digest ?? image.descriptor.digest,
    },
  }
}

async function taskOf(asking: Asking, request: BuildRequest, base: BuildBase | undefined): Promise<BuildTask> {
  const sources = new Sources(request, await ignored(request.ignoreFile))
  const layers: BuildLayer[] = []
  let [steps, history]: [BuildStep[], string | undefined] = [[], undefined]
  const flush = () => {
    if (steps.length === 0) return
    layers.push({ kind: 'files', steps, history })
    ;[steps, history] = [[], undefined]
  }
  for (const word of request.words) {
    if (word.kind === 'history') {
      const last = layers.at(-1)
      if (steps.length > 0 || last === undefined) history = word.typed
      else layers[layers.length - 1] = { ...last, history: word.typed }
      continue
    }
    if (word.kind === 'add') steps.push(sources.add(word.typed))
    else if (word.kind === 'delete') steps.push({ kind: 'delete', words: `--delete ${word.typed}`, path: word.typed })
    else if (word.kind === 'layer') {
      flush()
      layers.push({ ...(await sources.layer(word.from, word.typed, asking.signal)), history })
      history = undefined
    }
  }
  flush()
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const time = request.time ?? (epoch === undefined || epoch === '' ? undefined : Number(epoch))
  return {
    base,
    layers,
    settings: request.settings.map(parseSetting),
    compress: request.compress,
    platform: wantedPlatform(asking.platform) ?? hostPlatform(process.arch),
    family: undefined,
    time: time === 'keep' ? undefined : time,
  }
}

/** Understands what is added. */
class Sources {
  readonly #request: BuildRequest
  readonly #ignored: readonly string[]

  constructor(request: BuildRequest, ignoredPatterns: readonly string[]) {
    this.#request = request
    this.#ignored = ignoredPatterns
  }

  add(typed: string): BuildStep {
    const { source, target, owner, mode, exclude } = parseAdd(typed, existsSync)
    const tree = this.#open(source, exclude)
    return {
      kind: 'add',
      words: `--add ${tree.name}:${target ?? '/'}`,
      tree,
      rules: { ...this.#rules(tree.name), target: target ?? '/', mode, ...(owner !== undefined && { owner: () => owner }) },
    }
  }

  async layer(from: 'dir' | 'tar', typed: string, signal: AbortSignal): Promise<DistributedLayer> {
    if (from === 'tar') {
      const tar = await openTar(typed, this.#request.wanted, signal)
      return { kind: 'tar', words: `--layer tar=${typed.replace(/^.*\//, '')}`, tar }
    }
    const tree = this.#open(typed, [])
    const words = `--layer dir=${tree.name}`
    return {
      kind: 'files',
      steps: [{ kind: 'add', words, tree, rules: { ...this.#rules(tree.name), target: '/', mode: undefined } }],
    }
  }

  #open(source: string, exclude: readonly string[]): SourceDirectory {
    const patterns = [...this.#ignored, ...exclude]
    return new SourceDirectory(source, {
      ignore: patterns.length === 0 ? undefined : new IgnoreRules(patterns),
      xattrs: this.#request.xattrs ? readXattrs(source, '^security\\.capability$') : NO_XATTRS,
    })
  }

  #rules(name: string) {
    const { owner, time } = this.#request
    return { name, owner: () => owner, mask: 0o022, keepTimes: time === 'keep' }
  }
}

/** A layer without its history: one of a union at a time. */
type DistributedLayer =
  | Omit<Extract<BuildLayer, { kind: 'files' }>, 'history'>
  | Omit<Extract<BuildLayer, { kind: 'tar' }>, 'history'>

/** @throws ImageError `SOURCE_UNREADABLE` */
async function ignored(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return []
  try {
    return ignoreLines(await readNamedText(file))
  } catch (thrown) {
    const failure = { action: `read ${quotePath(file)}`, why: escapeText(reasonOf(thrown)) }
    throw new ImageError('SOURCE_UNREADABLE', failure, { cause: thrown })
  }
}
