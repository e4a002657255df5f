import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parseLocation } from '../../image/location.ts'
import { registryHost } from '../../image/registry-host.ts'
import { createLayerThreads, type LayerThreads } from '../../session/layer-threads.ts'
import { openSession, type Session } from '../../session/session.ts'
import type { Context } from '../run/context.ts'

/** Connections that the interface has ready beside the first: an artifact's config and blobs are asked for together. */
export const SPARE_CONNECTIONS = 2

/** The opening of the image that the command line names, begun before there is an interface to show it. */
export type EarlyOpening = {
  /** For all that the interface reads; closed by the interface. */
  readonly threads: LayerThreads
  /** The session where it is the one that is asked for, once: what it failed of is thrown then. */
  take(reference: string, signal: AbortSignal): Promise<Session> | undefined
  /** Ends what was not taken. */
  close(): Promise<void>
}

/** How the interface opens images. */
export type Opening = {
  /** Bytes above which a registry's image asks what to read; `ASK_ABOVE` where left out. */
  readonly askAbove?: number | undefined
  readonly early?: EarlyOpening | undefined
}

/**
 * Begins to open a registry's image before the interface is loaded, which takes as long as two round trips on a slow line: resolves as
 * soon as the first connection is on its way. Undefined where nothing is shown on a terminal, and for places that are opened at once.
 */
export async function beginOpening(context: Context, reference: string | undefined): Promise<EarlyOpening | undefined> {
  const isShown = process.stdout.isTTY && process.stdin.isTTY && process.env['TERM'] !== 'dumb'
  if (!isShown || reference === undefined || !isInRegistry(reference)) return undefined
  const common = context.common()
  const threads = createLayerThreads(common)
  const stop = new AbortController()
  const { promise: isConnecting, resolve: connecting } = Promise.withResolvers<void>()
  const options = { ...common, threads, spareConnections: SPARE_CONNECTIONS, connecting }
  const opening = openSession(reference, options, AbortSignal.any([context.signal, stop.signal]))
  await Promise.race([isConnecting, opening.catch(() => undefined), pause(PATIENCE, undefined, { ref: false })])
  let isTaken = false
  return {
    threads,
    take(wanted, signal) {
      if (isTaken || wanted !== reference) return undefined
      isTaken = true
      signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true })
      return opening
    },
    async close() {
      if (isTaken) return
      stop.abort()
      await opening.then(session => session.close()).catch(() => undefined)
    },
  }
}

/** Milliseconds that the interface waits for it at most: an engine, which is asked for a name first, may be silent. */
const PATIENCE = 300

/** False for words that are no name: the interface refuses them where it opens them. */
function isInRegistry(reference: string): boolean {
  try {
    return registryHost(reference) === undefined && parseLocation(reference, existsSync).transport === 'docker'
  } catch {
    return false
  }
}
