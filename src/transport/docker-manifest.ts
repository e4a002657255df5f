import type { Descriptor } from '../blob/descriptor.ts'
import { splitDigest } from '../blob/digest.ts'
import { documentKind } from '../blob/media-type.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { isImageManifest, type Manifest, parseManifest } from '../image/manifest.ts'
import { descriptorPlatform } from '../image/platform.ts'
import { familiarReference, isFullName, parseReference } from '../image/reference.ts'

/** An image of an archive and the names it has there. */
export type NamedRoot = { readonly root: Descriptor; readonly names: readonly string[] }

/** Documents that were written, by their digests. */
export type WrittenDocuments = ReadonlyMap<string, Uint8Array>

/**
 * `manifest.json` for a layout in a tar file, as docker 25 and later write it: `docker load`, `podman load` and skopeo's
 * docker-archive find the config and the layers among the blobs. Undefined where no root is an image.
 */
export function dockerManifest(roots: readonly NamedRoot[], documents: WrittenDocuments): string | undefined {
  const entries = new Map<string, { Config: string; RepoTags: Set<string>; Layers: string[] }>()
  for (const { root, names } of roots) {
    const manifest = imageManifest(root, documents)
    if (manifest === undefined) continue
    const tags = names.filter(isFullName).map(name => familiarReference(parseReference(name)))
    const known = entries.get(manifest.config.digest)
    const all = known?.RepoTags ?? new Set<string>()
    for (const tag of tags) all.add(tag)
    entries.set(manifest.config.digest, {
      Config: memberOf(manifest.config),
      RepoTags: all,
      Layers: manifest.layers.map(memberOf),
    })
  }
  if (entries.size === 0) return undefined
  return JSON.stringify(
    [...entries.values()].map(each => ({ ...each, RepoTags: each.RepoTags.size === 0 ? null : [...each.RepoTags] })),
  )
}

/** Whether docker finds one image only where the archive holds more: its list has no platforms. */
export function hidesPlatforms(root: Descriptor, documents: WrittenDocuments): boolean {
  return imagesBelow(root, documents).length > 1
}

/** Of an index the image for linux/amd64, else its first: a choice that does not hang on the machine that writes. */
function imageManifest(root: Descriptor, documents: WrittenDocuments): Manifest | undefined {
  const images = imagesBelow(root, documents)
  const usual = images.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64')
  const chosen = usual ?? images[0]
  const raw = chosen && documents.get(chosen.digest)
  return chosen && raw && parseManifest(raw, 'the manifest', chosen.mediaType).value
}

function imagesBelow(root: Descriptor, documents: WrittenDocuments): readonly Descriptor[] {
  const raw = documents.get(root.digest)
  if (raw === undefined) return []
  if (documentKind(root.mediaType) === 'index') {
    const { manifests } = parseImageIndex(raw, 'the index', root.mediaType).value
    const meant = manifests.filter(each => descriptorPlatform(each.platform) !== undefined)
    return (meant.length > 0 ? meant : manifests).flatMap(each => imagesBelow(each, documents))
  }
  if (documentKind(root.mediaType) !== 'manifest') return []
  return isImageManifest(parseManifest(raw, 'the manifest', root.mediaType).value) ? [root] : []
}

function memberOf({ digest }: Descriptor): string {
  return ['blobs', ...splitDigest(digest)].join('/')
}
