import type { Base, NewerBase } from '../../check/report.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { formatReference, parseReference, type Reference } from '../../image/reference.ts'
import type { Asking } from '../asking.ts'
import type { ChosenImage } from '../opened-image.ts'
import { openSession } from '../session.ts'

/**
 * The image that the base's name means now in the place of the image itself, where it is not the one that was built on. Another host is
 * never asked; a registry that does not answer says nothing.
 */
export async function findNewerBase(
  asking: Asking,
  { session }: Pick<ChosenImage, 'session'>,
  { name, digest }: Base,
): Promise<NewerBase | undefined> {
  const wanted = name === null ? undefined : parsedName(name)
  if (name === null || digest === null || wanted === undefined || wanted.digest !== undefined) return undefined
  const { place, listing } = session
  if (place.transport !== 'docker') {
    const there = listing.nodes.filter(node => node.names.some(each => isSame(parsedName(each), wanted)))
    return newerThan(there, { name, digest })
  }
  if (place.reference.domain !== wanted.domain) return undefined
  try {
    await using base = await openSession(`docker://${formatReference(wanted)}`, asking, asking.signal)
    return newerThan(base.listing.nodes, { name, digest })
  } catch {
    asking.signal.throwIfAborted()
    return undefined
  }
}

/** The name's own digest, unless the base is it or one of its platforms. */
function newerThan(nodes: readonly ImageNode[], { name, digest }: { readonly name: string; readonly digest: string }) {
  const [first] = nodes
  if (first === undefined || [...allNodes(nodes)].some(({ descriptor }) => descriptor.digest === digest)) return undefined
  return { name, built: digest, now: first.descriptor.digest }
}

function parsedName(text: string): Reference | undefined {
  try {
    return parseReference(text)
  } catch {
    return undefined
  }
}

function isSame(one: Reference | undefined, other: Reference): boolean {
  return one !== undefined && formatReference(one) === formatReference(other)
}
