import { imagesOf } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { formatPlatform } from '../../image/platform.ts'
import type { Edit } from '../../rebuild/edit.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { choice, choose } from './plan-dialogs.ts'

type PlatformsEdit = Extract<Edit, { type: 'platforms' }>

/** The platforms of the index around the open image, its own first; nothing where there is no choice. */
function platformsAround({ nodes, image }: OpenImage): readonly string[] {
  const own = image.platform === undefined ? undefined : formatPlatform(image.platform)
  const isOwn = (node: ImageNode) => node.kind === 'image' && node.descriptor.digest === image.descriptor.digest
  const index = nodes.find(node => node.kind === 'index' && [...allNodes([node])].some(isOwn))
  if (own === undefined || index === undefined) return []
  const all = imagesOf([index]).flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]))
  const others = [...new Set(all)].filter(each => each !== own)
  return others.length === 0 ? [] : [own, ...others]
}

/** Out of an index comes the image on the screen alone until more is asked for: its layers are what a plan is made for. */
export function startingPlatforms(image: OpenImage): readonly Edit[] {
  const [own] = platformsAround(image)
  return own === undefined ? [] : [{ type: 'platforms', platforms: [own], others: 'drop' }]
}

/** The platforms to turn on and off, and what becomes of the others; each choice changes the plan and comes back here. */
export function platformMenu(state: State, plan: Plan, initial = 0): Step<Effect> {
  const platforms = state.image === undefined ? [] : platformsAround(state.image)
  if (platforms.length === 0) return note(state, 'There is only one platform here.')
  const edit = platformsOf(plan)
  const items: readonly MenuItem[] = [
    ...platforms.map((platform, index) => {
      const chosen = edit?.platforms.includes(platform) === true || index === 0
      return choice(`${chosen ? '[x]' : '[ ]'} ${platform}${index === 0 ? '  this one' : ''}`, 'plan.platform', platform)
    }),
    choice(
      edit?.others === 'drop' ? 'The others are dropped: keep them' : 'The others are kept: drop them',
      'plan.other-platforms',
    ),
    choice('Done', 'plan.nothing'),
  ]
  return choose(state, 'Platforms that are rewritten alike', items, initial)
}

/** The plan's choice with a platform turned on or off; the one on the screen stays. */
export function togglePlatform(image: OpenImage, plan: Plan, platform: string): PlatformsEdit | undefined {
  const all = platformsAround(image)
  const edit = platformsOf(plan)
  const chosen = new Set([all[0] ?? '', ...(edit?.platforms ?? [])])
  if (platform !== all[0] && !chosen.delete(platform)) chosen.add(platform)
  return all.includes(platform) ? { ...edit, type: 'platforms', platforms: all.filter(each => chosen.has(each)) } : undefined
}

/** Images that are not rewritten are kept where they were left out, and the other way round. */
export function toggleOthers(image: OpenImage, plan: Plan): PlatformsEdit | undefined {
  const [own] = platformsAround(image)
  const edit = platformsOf(plan)
  if (own === undefined) return undefined
  return { type: 'platforms', platforms: edit?.platforms ?? [own], others: edit?.others === 'drop' ? 'keep' : 'drop' }
}

function platformsOf(plan: Plan): PlatformsEdit | undefined {
  return plan.edits.findLast(edit => edit.type === 'platforms')
}
