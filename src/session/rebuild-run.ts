import { existsSync } from 'node:fs'
import type { Diagnostic } from '../error.ts'
import { selectNodes } from '../image/choose.ts'
import type { ImageNode } from '../image/list.ts'
import { type Destination, formatLocation, parseDestination } from '../image/location.ts'
import type { Plan } from '../rebuild/plan.ts'
import { publish } from '../rebuild/publish.ts'
import { rebuild } from '../rebuild/rebuild.ts'
import type { Rebuilt } from '../rebuild/rebuild-alone.ts'
import type { RebuildOptions } from '../rebuild/workshop.ts'
import type { Asking } from './asking.ts'
import { compileExpression } from './compile-expression.ts'
import { fittingNode } from './fitting-node.ts'
import { leftReferrers } from './left-referrers.ts'
import { openDestination } from './remote.ts'
import { type Session, wantedPlatform } from './session.ts'
import { showPhases } from './show-phases.ts'
import { sourceDate } from './source-date.ts'
import { createWorkshop } from './workshop.ts'

export type RebuildRun = {
  readonly rebuilt: Rebuilt
  /** Undefined for a dry run. */
  readonly destination: Destination | undefined
  readonly diagnostics: readonly Diagnostic[]
}

export type RebuildRunOptions = {
  /** DEST as typed; undefined measures only. */
  readonly destination: string | undefined
  readonly force: boolean
  /** What to work on, where it is not what the reference names. */
  readonly node?: ImageNode
}

/**
 * Carries a plan out on what the session's reference names and writes the result, with progress. `use` sees
 * the result before temporary blobs are removed.
 * @throws ImageError those of `rebuild`, `publish` and the destination
 */
export async function runRebuild<T>(
  asking: Asking,
  session: Session,
  plan: Plan,
  { destination: typed, force, node }: RebuildRunOptions,
  use: (run: RebuildRun) => Promise<T>,
): Promise<T> {
  const destination = typed === undefined ? undefined : parseDestination(typed, existsSync)
  const name = destination !== undefined && 'selector' in destination ? destination.selector.name : undefined
  // Opened first: a destination that cannot be written is told before any work is done.
  const sink = destination === undefined ? undefined : await openDestination(asking, destination, { force, from: session.place })
  const workshop = createWorkshop(session.pool, { countOnly: sink === undefined })
  const show = showPhases(asking)
  try {
    const fitting = fittingNode(node ?? nodeOf(session, asking), plan, destination, session)
    const rebuilt = await rebuild(fitting, plan, session.source, workshop, {
      ...rebuildOptions(asking),
      onProgress: show.update,
    })
    try {
      const options = { onProgress: show.update, signal: asking.signal }
      const left = sink === undefined ? [] : await publish(rebuilt, session.source, sink, name, options)
      show.end()
      const subjects = rebuilt.changed ? [rebuilt.source, ...rebuilt.images.map(({ image }) => image.descriptor)] : []
      const named = await leftReferrers(session, subjects, asking, asking.signal)
      return await use({ rebuilt, destination, diagnostics: [...rebuilt.diagnostics, ...left, ...named] })
    } finally {
      await rebuilt.dispose()
    }
  } finally {
    show.end()
    await sink?.abort()
    await workshop.close()
  }
}

/** How the result is named from now on. */
export function resultReference(destination: Destination | undefined): string | null {
  return destination === undefined ? null : formatLocation(destination)
}

export function rebuildOptions(asking: Asking): Pick<RebuildOptions, 'semantics' | 'compile' | 'created' | 'signal'> {
  return {
    semantics: asking.semantics,
    compile: compileExpression,
    created: sourceDate(process.env['SOURCE_DATE_EPOCH']),
    signal: asking.signal,
  }
}

/** The index or image that is meant; where a reference names several things, the choice is that of reading commands. */
function nodeOf(session: Session, { platform }: Asking): ImageNode {
  const nodes = distinct(selectNodes(session.listing, session.selector))
  const [only] = nodes
  const asked = platform !== undefined
  if (nodes.length === 1 && only !== undefined && (!asked || only.kind === 'index')) return only
  return session.choose(wantedPlatform(platform))
}

function distinct(nodes: readonly ImageNode[]): readonly ImageNode[] {
  const useful = nodes.filter(node => node.kind === 'image' || node.kind === 'index')
  return useful.length === 0 ? nodes : useful
}
