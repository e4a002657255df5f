import type { Descriptor } from '../../blob/descriptor.ts'
import { selectNodes } from '../../image/choose.ts'
import type { ImageNode } from '../../image/list.ts'
import { type Destination, formatLocation } from '../../image/location.ts'
import { familiarReference } from '../../image/reference.ts'
import type { Asking } from '../asking.ts'
import { openSession } from '../session.ts'

/** The manifest that a destination holds under the name it is written to. */
export type Held = {
  /** Digests of what has the name, and of the configs of images among them, which is all that docker's places keep. */
  readonly digests: ReadonlySet<string>
  /** The names of all that lies there side by side, by digest. */
  readonly names: ReadonlyMap<string, readonly string[]>
  /** Layers of the images there, as the place keeps them. */
  readonly layers: readonly Descriptor[]
  /** Whether it is one image. */
  readonly single: boolean
}

const NOTHING: Held = { digests: new Set(), names: new Map(), layers: [], single: false }

/** Looks at a destination as a place to read from. Never fails: an unreadable image is not the same image. */
export async function heldAt(asking: Asking, destination: Destination): Promise<Held> {
  const typed = readable(destination)
  if (typed === undefined) return NOTHING
  try {
    await using session = await openSession(typed, asking, asking.signal)
    const unnamed = destination.transport === 'oci' && destination.selector.name === undefined
    const nodes = selectNodes(session.listing, session.selector).filter(node => !unnamed || node.names.length === 0)
    const digests = new Set<string>(nodes.map(({ descriptor }) => descriptor.digest))
    const layers: Descriptor[] = []
    for (const node of nodes.filter(isImage)) {
      const { value } = node.document ?? (await session.load(node, asking.signal)).manifest
      digests.add(value.config.digest)
      layers.push(...value.layers)
    }
    const names = new Map(nodes.map(node => [node.descriptor.digest, node.names]))
    return { digests, names, layers, single: nodes.length === 1 && nodes.every(isImage) }
  } catch {
    asking.signal.throwIfAborted()
    return NOTHING
  }
}

/** The destination as IMAGE; undefined for what cannot be read back. */
function readable(destination: Destination): string | undefined {
  switch (destination.transport) {
    case 'standard-stream':
      return undefined
    case 'docker': {
      const { domain, path, tag } = destination.reference
      return tag === undefined ? undefined : `docker://${familiarReference({ domain, path, tag })}`
    }
    case 'archive':
      return formatLocation({ ...destination, transport: 'oci-archive' })
    case 'oci-archive':
    case 'docker-archive':
      return destination.path === '-' ? undefined : formatLocation(destination)
    default:
      return formatLocation(destination)
  }
}

function isImage(node: ImageNode): node is Extract<ImageNode, { readonly kind: 'image' }> {
  return node.kind === 'image'
}
