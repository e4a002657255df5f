import { ambiguousImages, selectNodes } from '../../image/choose.ts'
import { type ImageNode, isImageOrIndex } from '../../image/list.ts'
import type { Asking } from '../asking.ts'
import { type Session, wantedPlatform } from '../session.ts'
import { namedGroups, wholeNode } from './whole-index.ts'

/**
 * The index or image that a rebuild is for. Manifests side by side under one name are one index; where a reference names several
 * things, the choice is that of reading commands.
 */
export function nodeOf(session: Session, { platform }: Pick<Asking, 'platform'>): ImageNode {
  const nodes = distinct(selectedGroup(session))
  const images = nodes.filter(isImageOrIndex)
  const severalNames = new Set(images.map(node => node.names.join('\n'))).size > 1
  // Under several names, or one and none, lie several images: as one index all names but the first would be lost.
  if (severalNames && platform === undefined) throw ambiguousImages(nodes)
  const whole = severalNames ? undefined : wholeNode(nodes)
  const asked = platform !== undefined
  if (whole !== undefined && (!asked || whole.kind === 'index')) return whole
  return session.choose(wantedPlatform(platform))
}

/** All that has the name which the reference means: `selectNodes` takes the first, platforms may lie side by side. */
export function selectedGroup({ listing, selector }: Session): readonly ImageNode[] {
  const nodes = selectNodes(listing, selector)
  const [only] = nodes
  if (selector.name === undefined || only === undefined) return nodes
  return namedGroups(listing).find(group => group.includes(only)) ?? nodes
}

function distinct(nodes: readonly ImageNode[]): readonly ImageNode[] {
  const useful = nodes.filter(isImageOrIndex)
  return useful.length === 0 ? nodes : useful
}
