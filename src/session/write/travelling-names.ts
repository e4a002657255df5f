import type { ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { familiarReference, isFullName, parseReference } from '../../image/reference.ts'
import type { Session } from '../session.ts'

/**
 * The names an image gets at its destination: the one that was typed, else those it has where it comes from, so that an archive
 * does not load as `<none>`. A registry is named by its reference, an engine too; in the place the image is read from it keeps its own.
 */
export function namesAt(destination: Destination, node: ImageNode, { place }: Session): readonly string[] {
  if ('selector' in destination && destination.selector.name !== undefined) return [destination.selector.name]
  if (['docker', 'docker-daemon', 'dir'].includes(destination.transport)) return []
  if ('path' in destination && 'path' in place && destination.path === place.path) return []
  const own = place.transport === 'docker' && destination.transport !== 'oci' ? [familiarReference(place.reference)] : node.names
  const full = own.filter(isFullName).map(name => familiarReference(parseReference(name)))
  const tagged = new Set(full.map(name => parseReference(name).tag))
  // BuildKit and containerd write the tag of a full name beside it.
  const bare = destination.transport === 'docker-archive' ? [] : own.filter(name => !isFullName(name) && !tagged.has(name))
  return [...new Set([...full, ...bare])].filter(name => !name.includes('@'))
}
