import { ImageError } from '../error.ts'
import type { Edit } from '../rebuild/edit.ts'
import type { Plan } from '../rebuild/plan.ts'

/** How many layers the old base has in the image, and the new one. */
export type BaseDepths = { readonly old: number; readonly next: number }

/**
 * The edits of a plan besides its other base, for the image as it is on the new base: layers of the image's own have other positions there,
 * and of the old base's layers only all together have a counterpart.
 * @throws ImageError `PLAN_INVALID` for an edit of single layers of the old base, and for one about other platforms
 */
export function planOnBase(edits: readonly Edit[], depths: BaseDepths): Plan {
  return { edits: edits.flatMap(edit => (edit.type === 'rebase' ? [] : [editOnBase(edit, depths)])) }
}

function editOnBase(edit: Edit, depths: BaseDepths): Edit {
  switch (edit.type) {
    case 'drop-layer':
      if (edit.position >= depths.old) return { ...edit, position: moved(edit.position, depths) }
      throw refused(`layer ${edit.position + 1} is the old base’s, which goes as a whole`, 'Take the layer back into the plan.')
    case 'squash': {
      const { from, to, ...rest } = edit
      return { ...rest, ...startOf(from, depths), ...endOf(to, depths) }
    }
    case 'platforms':
      throw refused(
        'only the image on the screen is put on another base',
        'Leave the other platforms as they are, or rebase the index: peel rebase.',
      )
    default:
      return edit
  }
}

function startOf(from: number | undefined, depths: BaseDepths): { readonly from?: number } {
  if (from === undefined || from === 0) return from === undefined ? {} : { from }
  if (from >= depths.old) return { from: moved(from, depths) }
  throw refused(`a squash begins at layer ${from + 1}, inside the old base`, RANGE)
}

function endOf(to: number | undefined, depths: BaseDepths): { readonly to?: number } {
  if (to === undefined) return {}
  if (to >= depths.old - 1) return { to: moved(to, depths) }
  throw refused(`a squash ends at layer ${to + 1}, inside the old base`, RANGE)
}

const RANGE = 'A range may have all of the base’s layers or none of them.'

function moved(position: number, { old, next }: BaseDepths): number {
  return position - old + next
}

function refused(why: string, hint: string): ImageError {
  return new ImageError('PLAN_INVALID', { action: 'put the plan on another base', why }, { hint })
}
