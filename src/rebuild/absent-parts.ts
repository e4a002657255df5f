import type { Descriptor } from '../blob/descriptor.ts'
import { layerType } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import { allNodes, type ImageNode } from '../image/list.ts'
import { loadManifest } from '../image/load.ts'
import { formatPlatform } from '../image/platform.ts'

/**
 * Digests below an index of what it names and the place has not, or not whole: platforms that a save left out. A registry has what
 * its indexes name; only a place on this machine is looked at (reports/sparse-index-to-registry).
 */
export async function absentParts(node: ImageNode, source: BlobSource, signal?: AbortSignal): Promise<Set<string>> {
  const absent = new Set<string>()
  for (const each of allNodes([node])) {
    if (each.kind === 'missing') absent.add(each.descriptor.digest)
    if (source.local !== true || (each.kind !== 'image' && each.kind !== 'attestation')) continue
    const { value } = each.document ?? (await loadManifest(source, each.descriptor, signal))
    const here = await Promise.all([...value.layers, value.config].map(blob => isHere(blob, source)))
    if (here.includes(false)) absent.add(each.descriptor.digest)
  }
  return absent
}

/** Foreign layers are normally elsewhere; embedded data is here. */
async function isHere(blob: Descriptor, source: BlobSource): Promise<boolean> {
  if (blob.data !== undefined || layerType(blob.mediaType)?.foreign === true) return true
  return (await source.locate(blob)) !== undefined
}

/** Says which platforms are not in the result because they are not here. */
export function absentPlatforms(node: ImageNode, absent: ReadonlySet<string>): readonly Diagnostic[] {
  const names = new Set<string>()
  for (const { kind, platform, descriptor } of allNodes([node]))
    if (absent.has(descriptor.digest) && (kind === 'image' || platform !== undefined))
      names.add(platform === undefined ? descriptor.digest : formatPlatform(platform))
  if (names.size === 0) return []
  const message = `The index names what is not here, which is left out: ${[...names].join(', ')}`
  return [{ code: 'PLATFORM_LEFT_OUT', severity: 'warning', message }]
}
