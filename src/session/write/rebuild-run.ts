import type { Descriptor } from '../../blob/descriptor.ts'
import type { BlobSink } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { ImageNode } from '../../image/list.ts'
import { type Destination, formatLocation } from '../../image/location.ts'
import { runtimeRefusals } from '../../image/runtime-refusals.ts'
import { sourceDate } from '../../image/source-date.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { publish } from '../../rebuild/publish.ts'
import { rebuild } from '../../rebuild/rebuild.ts'
import type { Rebuilt } from '../../rebuild/rebuild-alone.ts'
import type { RebuildOptions, RebuildProgress } from '../../rebuild/workshop.ts'
import type { Asking } from '../asking.ts'
import { compileExpression } from '../compile-expression.ts'
import type { Session } from '../session.ts'
import { showPhases } from '../show-phases.ts'
import { createWorkshop } from '../workshop.ts'
import { checkFormatThere, chooseNode, planFor, unpacksLayers } from './destination-plan.ts'
import { leftReferrers } from './left-referrers.ts'
import { type Goal, namesAt, olderLoaders, openGoal } from './open-goal.ts'
import { nodeOf } from './source-node.ts'

export type RebuildRun = {
  readonly rebuilt: Rebuilt
  /** Where it was written; undefined for a dry run. */
  readonly destination: Destination | undefined
  /** The descriptor of the root as the place has it: the config, where a place keeps no manifests. */
  readonly root: Descriptor
  /** The destination held the very same image: nothing was written. */
  readonly alreadyThere: boolean
  /** As it was carried out, with what the destination adds. */
  readonly plan: Plan
  readonly diagnostics: readonly Diagnostic[]
}

export type RebuildRunOptions = {
  /** Where the result is meant for; also of a dry run, since it decides how layers are written. */
  readonly destination: Destination | undefined
  readonly dryRun: boolean
  readonly force: boolean
  /** The manifest to work on, where it is not the one that the reference names. */
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
  typed: Plan,
  { destination, dryRun, force, node }: RebuildRunOptions,
  use: (run: RebuildRun) => Promise<T>,
): Promise<T> {
  const { plan, diagnostics: adapted } = planFor(typed, destination, session)
  const fitting = chooseNode(node ?? nodeOf(session, asking), plan, destination, session)
  const names = destination === undefined ? [] : namesAt(destination, fitting, session)
  // Opened first: a destination that cannot be written is told before any work is done.
  const goal =
    dryRun || destination === undefined
      ? undefined
      : await openGoal(asking, destination, { names, force, session, node: fitting, plan })
  await using sink = goal?.sink
  await using workshop = createWorkshop(session.pool, { countOnly: sink === undefined })
  const show = showPhases(asking)
  try {
    const options = { ...rebuildOptions(asking), force, onProgress: show.update }
    await using rebuilt = await rebuild(fitting, plan, session.source, workshop, options)
    if (destination !== undefined) checkFormatThere(rebuilt.root, destination, force)
    const root = rootAt(rebuilt, destination)
    const held = goal?.isThere(root) === true
    const left =
      goal === undefined || held
        ? []
        : await write(rebuilt, session, goal, names, { onProgress: show.update, signal: asking.signal })
    const alreadyThere = held || sink?.alreadyThere === true
    show.end()
    const subjects = rebuilt.changed
      ? [fitting.descriptor, rebuilt.source, ...rebuilt.images.map(({ image }) => image.descriptor)]
      : []
    const named = await leftReferrers(session, subjects, asking, asking.signal)
    const diagnostics = [
      ...adapted,
      ...rebuilt.images.flatMap(({ image }) => runtimeRefusals(image)),
      ...rebuilt.diagnostics,
      ...olderLoaders(
        destination,
        rebuilt.images.flatMap(({ outputs }) => outputs.map(({ blob }) => blob)),
      ),
      ...left,
      ...named,
    ]
    return await use({ rebuilt, destination: dryRun ? undefined : destination, root, alreadyThere, plan, diagnostics })
  } finally {
    show.end()
  }
}

/** @throws ImageError why the destination was refused, where it was, and those of `publish` */
async function write(
  rebuilt: Rebuilt,
  { source }: Session,
  goal: Goal,
  names: readonly string[],
  options: { readonly onProgress: (progress: RebuildProgress) => void; readonly signal: AbortSignal },
): Promise<readonly Diagnostic[]> {
  const { sink } = goal
  if (sink === undefined) throw goal.refusal
  nameAll(sink, rebuilt.root, names)
  return await publish(rebuilt, source, sink, names[0], options)
}

/** Tells a place the names besides the one that the commit gives. @throws ImageError `DESTINATION_UNSUPPORTED` */
function nameAll(sink: BlobSink, root: Descriptor, names: readonly string[]): void {
  const more = names.slice(1)
  if (more.length === 0) return
  if (sink.alsoName === undefined) throw new ImageError('DESTINATION_UNSUPPORTED', `Cannot write ${sink.name}: it takes one name`)
  sink.alsoName(root, more)
}

/** Docker's archives and engines name an image by its config. */
function rootAt({ root, images }: Rebuilt, destination: Destination | undefined): Descriptor {
  return (unpacksLayers(destination) ? images[0]?.outputs.at(-2)?.blob : undefined) ?? root
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
