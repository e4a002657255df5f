import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import { formatLocation } from '../../image/location.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type RebasedImage, refusedOf } from '../../make/rebase-image.ts'
import type { Edit, RebaseEdit } from '../../rebuild/edit.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { positionsOf, type RebuiltImage } from '../../rebuild/rebuilt-image.ts'
import type { RebuildProgress } from '../../rebuild/workshop.ts'
import type { Asking } from '../../session/asking.ts'
import { asking } from '../../session/asking.ts'
import { runRebase } from '../../session/make/rebase-run.ts'
import type { Session } from '../../session/session.ts'
import type { RebuildRequest, RebuildSummary, SummaryLayer } from '../../state/model/rebuild-summary.ts'
import { conflictText } from '../print/rebase-text.ts'
import type { CommonOptions } from '../run/options.ts'
import { rememberDestination } from './destinations.ts'

/** The newest rebase of a plan, and its other edits. */
function rebaseIn({ edits }: Plan): { readonly edit: RebaseEdit; readonly others: readonly Edit[] } {
  const edit = edits.findLast(each => each.type === 'rebase')
  if (edit === undefined) throw new RangeError('the plan has no other base')
  return { edit, others: edits.filter(({ type }) => type !== 'rebase') }
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
  const { edit, others } = rebaseIn(wish.plan)
  const { newBase, oldBase, accept = [] } = edit
  const request = {
    image: referenceTo(session, image),
    destination: wish.destination,
    force: wish.force,
    newBase,
    oldBase,
    accept,
    edits: others,
  }
  return runRebase(
    asking({ ...common, signal, progress: toldAs(onProgress) }),
    request,
    async () => undefined,
    async ({ root, images, edited, destination, diagnostics }) => {
      const [only] = images
      if (only === undefined) throw new ImageError('NOT_AN_IMAGE', 'Cannot rebase: there is no image')
      if (destination !== undefined) rememberDestination(destination)
      const based = summaryOf(only, diagnostics, accept)
      const all = edited[0] === undefined ? based : withEdits(based, only, edited[0])
      return { ...all, result: destination && { reference: formatLocation(destination), digest: root.digest } }
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
  { image, layers, dropped, conflicts }: RebasedImage,
  diagnostics: readonly Diagnostic[],
  accepted: readonly string[],
): RebuildSummary {
  const based = sizeOfBlobs(layers.filter(({ from }) => from === 'base'))
  const gone = dropped.reduce((sum, { size }) => sum + size, 0)
  const base = { positions: dropped.map((_, position) => position), action: 'rebase' as const, before: gone, after: based }
  const own = image.layers.slice(dropped.length).map(({ position, blob: { size } }) => ({
    positions: [position],
    action: 'keep' as const,
    before: size,
    after: size,
  }))
  const before = sizeOfBlobs(image.layers)
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
    result: undefined,
  }
}

/**
 * The figures with what the other edits made: layers by their positions in the image as it was. The old base's are one row as long as no edit
 * takes one of the new base's apart from the others.
 */
function withEdits(
  based: RebuildSummary,
  { dropped, layers }: RebasedImage,
  { layers: rebuilt, saved, ...edited }: RebuiltImage,
): RebuildSummary {
  const [old, next] = [dropped.map((_, position) => position), layers.filter(({ from }) => from === 'base').length]
  const rows = rebuilt.map(({ planned, made }): SummaryLayer => {
    const at = positionsOf(planned)
    const own = at.filter(position => position >= next).map(position => position - next + old.length)
    const before = at.reduce((sum, position) => sum + (layers[position]?.blob.size ?? 0), 0)
    const positions = at.some(position => position < next) ? [...old, ...own] : own
    return { positions, action: planned.type, before, after: planned.type === 'drop' ? 0 : (made?.size ?? before) }
  })
  const onBase = rows.filter((_, index) =>
    positionsOf(rebuilt[index]?.planned ?? { type: 'keep', position: next }).every(each => each < next),
  )
  const others = rows.filter(row => !onBase.includes(row))
  const after = onBase.reduce((sum, row) => sum + row.after, 0)
  const gone = dropped.reduce((sum, { size }) => sum + size, 0)
  const base = onBase.length === 0 || old.length === 0 ? [] : [{ positions: old, action: 'rebase' as const, before: gone, after }]
  return {
    ...based,
    layers: [...base, ...others],
    after: based.after - saved.compressed,
    tarSaved: saved.tar,
    removed: edited.removed,
    lostSharing: edited.lostSharing,
  }
}
