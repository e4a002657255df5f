import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, splitDigest } from '../blob/digest.ts'
import type { BlobSource, Root } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { allNodes, listImages } from '../image/list.ts'
import type { FileTransport } from '../image/location.ts'
import type { ArchiveIndex } from './archive-index.ts'
import { type DockerImage, type DockerImages, readDockerImages, readMember } from './docker-archive.ts'
import { layoutDiagnostics } from './layout.ts'
import { type LocalPlace, localSource } from './local-source.ts'

export type ArchiveOptions = {
  /** As a person would name it. */
  readonly name: string
  /** The form to read the archive as; `path` takes any form. */
  readonly as: FileTransport | 'path'
  readonly signal?: AbortSignal | undefined
  close?(): Promise<void>
}

/**
 * The source of an archive that holds an OCI layout, docker's `manifest.json`, or both (docker 25 and later). Of both, the
 * index is preferred where it lists anything; images that only `manifest.json` knows are listed after it.
 * @throws ImageError why neither can be read
 */
export async function archiveSource(archive: ArchiveIndex, options: ArchiveOptions): Promise<BlobSource> {
  const { as, name, close, signal } = options
  const layout =
    as === 'docker-archive' ? undefined : await attempt(has(archive, 'index.json'), () => readArchiveLayout(archive, name))
  const docker =
    as === 'oci-archive' ? undefined : await attempt(has(archive, 'manifest.json'), () => readDockerImages(archive, signal))
  if (layout?.value === undefined && docker?.value === undefined) throw layout?.error ?? docker?.error ?? notFound(as, name)
  const { images, blobs, made, diagnostics, documents, close: closeDocker } = docker?.value ?? NO_DOCKER
  return localSource({
    name,
    roots: layout?.value === undefined ? images.map(image => image.root) : await mergedRoots(layout.value, images, signal),
    diagnostics: [...archive.diagnostics, ...(layout?.value?.diagnostics ?? []), ...diagnostics, ...problems(layout, docker)],
    documents: [...(layout?.value?.documents ?? []), ...documents],
    find: async digest => archive.find(memberName(digest)) ?? blobs.get(digest),
    made,
    async close() {
      await closeDocker()
      await close?.()
    },
  })
}

type Attempt<Value> = { readonly value?: Value; readonly error?: ImageError }

const NO_DOCKER: DockerImages = {
  images: [],
  blobs: new Map(),
  made: new Map(),
  diagnostics: [],
  documents: [],
  close: async () => {},
}

function has(archive: ArchiveIndex, name: string): boolean {
  return archive.find(name) !== undefined
}

function memberName(digest: Digest): string {
  return ['blobs', ...splitDigest(digest)].join('/')
}

async function attempt<Value>(present: boolean, read: () => Promise<Value>): Promise<Attempt<Value> | undefined> {
  if (!present) return undefined
  try {
    return { value: await read() }
  } catch (thrown) {
    if (thrown instanceof ImageError) return { error: thrown }
    throw thrown
  }
}

function problems(...attempts: readonly (Attempt<unknown> | undefined)[]): readonly Diagnostic[] {
  return attempts
    .map(each => each?.error)
    .filter(error => error !== undefined)
    .map(error => ({ code: error.code, severity: 'warning', message: error.message }))
}

async function readArchiveLayout(archive: ArchiveIndex, name: string): Promise<LocalPlace> {
  const raw = await readMember(archive, 'index.json')
  const { value, diagnostics } = parseImageIndex(raw, 'index.json')
  const version = has(archive, 'oci-layout') ? await readMember(archive, 'oci-layout') : undefined
  return {
    name,
    roots: value.manifests,
    diagnostics: [...layoutDiagnostics(version), ...diagnostics],
    documents: [{ name: 'index.json', raw }, ...(version === undefined ? [] : [{ name: 'oci-layout', raw: version }])],
    find: async digest => archive.find(memberName(digest)),
  }
}

/**
 * The layout's roots, then docker's images that are not among them: with several untagged images docker's index lists fewer
 * (save.go). 25.0.0 wrote manifests without layers, for which docker's own list is right (moby#47065).
 */
async function mergedRoots(layout: LocalPlace, images: readonly DockerImage[], signal: AbortSignal | undefined): Promise<Root[]> {
  if (images.length === 0) return [...layout.roots]
  const { nodes } = await listImages(localSource(layout), signal === undefined ? {} : { signal })
  const layers = new Map<string, number>()
  const hollow = new Set<Descriptor>()
  for (const node of allNodes(nodes)) {
    if (node.kind !== 'image' || node.document === undefined) continue
    const { config, layers: listed } = node.document.value
    layers.set(config.digest, Math.max(listed.length, layers.get(config.digest) ?? 0))
    if (listed.length === 0 && images.some(image => image.config.digest === config.digest && image.layerCount > 0))
      hollow.add(node.descriptor)
  }
  const added = images.filter(
    image => (layers.get(image.config.digest) ?? 0) < Math.min(1, image.layerCount) || !layers.has(image.config.digest),
  )
  return [...layout.roots.filter(root => !hollow.has(root)), ...added.map(image => image.root)]
}

function notFound(as: FileTransport | 'path', name: string): ImageError {
  const wanted = as === 'docker-archive' ? 'manifest.json' : 'index.json'
  return new ImageError('NOT_AN_IMAGE', `Cannot open ${name} as ${as}: it has no ${wanted}`, {
    hint: 'Leave the prefix out to have the archive recognised by its content.',
  })
}
