import { changedDatabases, packageDifferences } from '../../compare/package-differences.ts'
import { showComparison } from '../../compare/show-comparison.ts'
import { inSlices } from '../../overlay/in-slices.ts'
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import type { HeldImage } from './held-image.ts'
import type { World } from './world.ts'

/** Effects over more than one image. */
export type ComparisonEffect = Extract<Effect, { type: 'compare' | 'compare-packages' | 'load-set' }>

type Doors = {
  readonly world: Pick<World, 'loadSet'>
  readonly need: (id: ImageId) => HeldImage
  readonly dispatch: (action: Action) => void
}

export async function performComparison(doors: Doors, effect: ComparisonEffect, signal: AbortSignal): Promise<void> {
  const { world, dispatch } = doors
  const say = (action: Action) => {
    if (!signal.aborted) dispatch(action)
  }
  switch (effect.type) {
    case 'compare': {
      const { a, b, options, known } = effect
      const shown = await inSlices(showComparison(a, b, options, known), signal)
      if (shown !== undefined) say({ type: 'compared', shown })
      return
    }
    case 'load-set': {
      const images = await world.loadSet(effect.images, tried => say({ type: 'set-progress', tried }), signal)
      return say({ type: 'set-loaded', images })
    }
    default:
      return comparePackages(doors, effect, signal)
  }
}

async function comparePackages(
  { need, dispatch }: Doors,
  { a, b, files }: Extract<Effect, { type: 'compare-packages' }>,
  signal: AbortSignal,
): Promise<void> {
  const changed = await inSlices(changedDatabases(files.rows), signal)
  if (changed?.any !== true) return dispatch({ type: 'packages-compared', packages: [] })
  const owners = (id: ImageId) => {
    const held = need(id)
    return held.opened.owners(held.layers.all, changed.languages, held.until(signal))
  }
  const packages = await inSlices(packageDifferences(await owners(a), await owners(b), files), signal)
  if (packages !== undefined) dispatch({ type: 'packages-compared', packages })
}
