import { type Diagnostic, ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import { type Destination, formatLocation } from '../../image/location.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type RebasedImage, refusedOf } from '../../make/rebase-image.ts'
import type { RebaseEdit } from '../../rebuild/edit.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { RebuildProgress } from '../../rebuild/workshop.ts'
import type { Asking } from '../../session/asking.ts'
import { asking } from '../../session/asking.ts'
import { runRebase } from '../../session/make/rebase-run.ts'
import type { Session } from '../../session/session.ts'
import type { RebuildRequest, RebuildSummary } from '../../state/model/rebuild-summary.ts'
import { conflictText } from '../print/rebase-text.ts'
import type { CommonOptions } from '../run/options.ts'
import { rememberDestination } from './destinations.ts'

/** The rebase of a plan. @throws ImageError `PLAN_INVALID` where the plan has other edits too */
function rebaseIn({ edits }: Plan): RebaseEdit {
  const [edit] = edits
  if (edit?.type === 'rebase' && edits.length === 1) return edit
  throw new ImageError('PLAN_INVALID', 'Cannot use the plan: another base goes alone', {
    hint: 'Undo the other change with u; write the image on its new base, then change that.',
  })
}

type Task = {
  readonly session: Session
  readonly image: Image
  readonly common: CommonOptions
  readonly wish: RebuildRequest
}

/**
 * Puts the image on the screen on another base, as `peel rebase` does; without a destination it only finds the conflicts.
 * @throws ImageError `PLAN_INVALID`, those of `runRebase`
 */
export async function rebaseWork(
  { session, image, common, wish }: Task,
  onProgress: (progress: RebuildProgress) => void,
  signal: AbortSignal,
): Promise<RebuildSummary> {
  const { newBase, oldBase, accept = [] } = rebaseIn(wish.plan)
  const request = {
    image: referenceTo(session, image),
    destination: wish.destination,
    force: wish.force,
    newBase,
    oldBase,
    accept,
  }
  return runRebase(
    asking({ ...common, signal, progress: toldAs(onProgress) }),
    request,
    async () => undefined,
    async ({ images, destination, diagnostics }) => {
      const [only] = images
      if (only === undefined) throw new ImageError('NOT_AN_IMAGE', 'Cannot rebase: there is no image')
      if (destination !== undefined) rememberDestination(destination)
      return summaryOf(only, destination, diagnostics, accept)
    },
  )
}

/** The very image on the screen, whatever else lies in its place. */
function referenceTo({ place, reference }: Session, { descriptor }: Image): string {
  if (reference === '-')
    throw new ImageError('NOT_AN_IMAGE', 'Cannot rebase an image of standard input: it cannot be read again', {
      hint: 'Copy it first: peel copy - oci:DIRECTORY:TAG.',
    })
  return 'selector' in place ? formatLocation({ ...place, selector: { digest: descriptor.digest } }) : reference
}

function toldAs(onProgress: (progress: RebuildProgress) => void): Asking['progress'] {
  return () => ({ update: (done, total) => onProgress({ phase: 'reading', done, total }), end: () => undefined })
}

function summaryOf(
  { root, image, layers, dropped, conflicts }: RebasedImage,
  destination: Destination | undefined,
  diagnostics: readonly Diagnostic[],
  accepted: readonly string[],
): RebuildSummary {
  const based = layers.filter(({ from }) => from === 'base').reduce((sum, { blob }) => sum + blob.size, 0)
  const gone = dropped.reduce((sum, { size }) => sum + size, 0)
  const base = { positions: dropped.map((_, position) => position), action: 'rebase' as const, before: gone, after: based }
  const own = image.layers.slice(dropped.length).map(({ position, blob: { size } }) => ({
    positions: [position],
    action: 'keep' as const,
    before: size,
    after: size,
  }))
  const before = image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  return {
    layers: dropped.length === 0 ? own : [base, ...own],
    others: [],
    before,
    after: before - gone + based,
    tarSaved: 0,
    removed: [],
    lostSharing: 0,
    changed: true,
    warnings: diagnostics.filter(({ severity }) => severity !== 'info').map(({ message }) => message),
    rebase: {
      conflicts: conflictText([{ image, conflicts }]).map(line => line.trim()),
      refused: refusedOf(conflicts, accepted).map(path => `/${displayPath(path)}`),
    },
    result: destination && { reference: formatLocation(destination), digest: root.digest },
  }
}
