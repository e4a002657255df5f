import { escapeText } from '../../escape.ts'
import type { ImageNode } from '../../image/list.ts'
import { formatPlatform } from '../../image/platform.ts'
import type { MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import type { OpenImage } from '../model/open-image.ts'
import { type State, type Step, withPanes } from '../model/state.ts'
import { note } from '../model/step.ts'

/** More than this is a list to walk through: the index view is one. */
const DIALOG_ITEMS = 12

/** Offers the platforms of the index that the open image came from. */
export function askWhichPlatform(state: State): Step<Effect> {
  const { image } = state
  if (image === undefined) return [state, []]
  return offer(state, 'Platform', platformsOf(image), node => (node.platform === undefined ? '' : formatPlatform(node.platform)))
}

/** The images of the index that the open one came from, one a platform: more than one where it can be chosen. */
export function platformsOf({ nodes, image }: OpenImage): readonly ImageNode[] {
  const found =
    PLATFORMS.get(image) ??
    imagesIn(familyOf(nodes, image.descriptor.digest) ?? nodes).filter(({ platform }) => platform !== undefined)
  PLATFORMS.set(image, found)
  return found
}

/** The header asks with every frame. */
const PLATFORMS = new WeakMap<OpenImage['image'], readonly ImageNode[]>()

/** Offers the images of the source by name. */
export function askWhichImage(state: State): Step<Effect> {
  if (state.image === undefined) return [state, []]
  return offer(state, 'Image', state.image.nodes.filter(canOpen), nameOf)
}

/** The name of an image in a list: its name, else its platform, else its digest. Escaped. */
function nameOf(node: ImageNode): string {
  const [name] = node.names
  if (name !== undefined) return escapeText(name)
  return node.platform === undefined ? node.descriptor.digest.slice(0, 19) : formatPlatform(node.platform)
}

function offer(state: State, title: string, nodes: readonly ImageNode[], label: (node: ImageNode) => string): Step<Effect> {
  const open = state.image?.image.descriptor.digest
  if (nodes.length < 2) return note(state, `There is only one ${title.toLowerCase()} here.`)
  if (nodes.length > DIALOG_ITEMS) return [{ ...withPanes(state, { tab: 'index', over: [] }), focus: 'main' }, []]
  const items: readonly MenuItem[] = nodes.map(node => ({
    label: label(node),
    command: 'open-digest',
    argument: node.descriptor.digest,
  }))
  const initial = Math.max(
    0,
    nodes.findIndex(({ descriptor }) => descriptor.digest === open),
  )
  return [{ ...state, dialog: { type: 'choose', title, items, initial } }, []]
}

/** The siblings among which the image with `digest` lies; other names in a layout are other images, not platforms of this one. */
function familyOf(nodes: readonly ImageNode[], digest: string): readonly ImageNode[] | undefined {
  const own = nodes.find(({ descriptor }) => descriptor.digest === digest)
  if (own !== undefined) return nodes.filter(({ names }) => names.length === 0 || names.some(name => own.names.includes(name)))
  for (const node of nodes) {
    const found = node.kind === 'index' ? familyOf(node.children, digest) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function imagesIn(nodes: readonly ImageNode[]): readonly ImageNode[] {
  return nodes.flatMap(node => (node.kind === 'index' ? imagesIn(node.children) : node.kind === 'image' ? [node] : []))
}

function canOpen(node: ImageNode): boolean {
  return node.kind === 'index' || node.kind === 'image'
}
