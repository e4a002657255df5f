import type { Diagnostic } from '../error.ts'
import type { Semantics } from '../overlay/tree.ts'
import type { LayerThreads } from './layer-threads.ts'

/** Options for opening a place: trust, credentials, and whether anything is remembered on this machine. */
export type SourceOptions = {
  /** Allows plain http and unverified TLS. */
  readonly insecure: boolean
  /** A credentials file in place of the usual ones. */
  readonly authfile: string | undefined
  /** A certificate authority to trust besides the system's. */
  readonly cacert: string | undefined
  /** Seconds that a silent registry is waited for. */
  readonly timeout?: number | undefined
  /** Whether readings and registry blobs are kept in the cache directory, and taken from there. */
  readonly cache: boolean
  /** False where layers are only copied elsewhere: a registry's blobs are then not kept on the way. */
  readonly keepBlobs?: boolean
  /** The one platform that is looked at, as typed: an engine is then not asked for the others. Undefined for what needs all. */
  readonly platform?: string | undefined
  /**
   * The image's use, which the host's signature policy is asked about before anything is read: an image that is made of it or with
   * it, wherever it lies, or its files on this disk, where it is a registry's. Undefined where it is only looked at, or checked elsewhere.
   */
  readonly becomes?: 'image' | 'files'
  /** Connections that are opened beside the first to a registry, before anything is asked for over them; none where left out. */
  readonly spareConnections?: number
  /** Told when the first connection to a registry is on its way. */
  readonly connecting?: () => void
  /** Told at once what is odd about the reference itself, such as a path that shadows a registry, or that `check` was given a checkpoint. */
  readonly notice?: (diagnostic: Diagnostic) => void
}

/** Shows how far a long run is. Counts are bytes; `detail` stands before them, such as how many of the blobs are there. */
export type Progress = {
  readonly update: (done: number, total: number, detail?: string) => void
  readonly end: () => void
}

/**
 * How a function of `session` is asked: plain options, the signal that stops it, and where progress is shown. A command line, a
 * server and a script make one each.
 */
export type Asking = SourceOptions & {
  /** Threads and readings that several sessions share, closed by their owner; each session's own where left out. */
  readonly threads?: LayerThreads
  readonly signal: AbortSignal
  /** How layers add up (semantics.md). */
  readonly semantics: Semantics
  /** `OS/ARCH[/VARIANT]` as typed; the host's where undefined. */
  readonly platform: string | undefined
  /** Begins to show progress of one activity, named by a present participle such as `reading`. */
  readonly progress: (activity: string) => Progress
}

const SILENT: Progress = { update: () => undefined, end: () => undefined }

/** The options of a script that names none: overlay semantics, the host's platform, the cache in use, no progress shown. */
export function asking(options: Partial<Asking> = {}): Asking {
  return {
    insecure: false,
    authfile: undefined,
    cacert: undefined,
    cache: true,
    signal: new AbortController().signal,
    semantics: 'overlay',
    platform: undefined,
    progress: () => SILENT,
    ...options,
  }
}
