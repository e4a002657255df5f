import { OCI_ARTIFACT_RC } from '../blob/media-type.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { allNodes, type ImageListing, type ImageNode } from './list.ts'
import { ARTIFACT_HINT } from './load.ts'
import type { Selector } from './location.ts'
import { artifactTypeOf, type Manifest } from './manifest.ts'
import { formatPlatform, type Platform, platformDistance } from './platform.ts'
import { formatReference, isTag, parseReference } from './reference.ts'

export type ListedImage = Extract<ImageNode, { readonly kind: 'image' }>
/** A manifest that is no image but can be opened as a tree of files. */
export type ListedArtifact = Extract<ImageNode, { readonly kind: 'artifact' | 'attestation' }>

export type ImageWish = {
  readonly selector?: Selector
  /** The platform that `--platform` names. */
  readonly platform?: Platform
  /** Taken when nothing was asked for and the listing has it. */
  readonly host: Platform
}

/** Images of a part of a listing, in order, each digest once for each platform it is listed for. */
export function imagesOf(nodes: readonly ImageNode[]): readonly ListedImage[] {
  const images = new Map<string, ListedImage>()
  for (const node of allNodes(nodes)) {
    if (node.kind !== 'image') continue
    const key = `${node.descriptor.digest} ${node.platform === undefined ? '' : formatPlatform(node.platform)}`
    if (!images.has(key)) images.set(key, node)
  }
  return [...images.values()]
}

/**
 * The one image that is meant: by tag, digest or position, then by platform (the host's when none is asked for), the first match
 * winning inside one index (image-spec image-index.md).
 * @throws ImageError `IMAGE_NOT_FOUND`, `IMAGE_AMBIGUOUS`, `PLATFORM_NOT_FOUND`, `PLATFORM_AMBIGUOUS`, `NO_IMAGES`, `NOT_AN_IMAGE`, or why the only node is unreadable
 */
export function chooseImage(listing: ImageListing, { selector = {}, platform, host }: ImageWish): ListedImage {
  const nodes = selectNodes(listing, selector)
  const images = imagesOf(nodes)
  const [only] = images
  if (only === undefined) throw noImage(nodes)
  const selected = Object.keys(selector).length > 0
  if (!selected && namesDiffer(nodes)) throw ambiguousImages(nodes)
  const served = closestTo(platform ?? host, images)
  if (platform !== undefined && served.length === 0) throw platformMissing(nodes, images, platform)
  const pool = served.length > 0 ? served : images
  const [first] = pool
  // An image that the host cannot run is still looked at when it is all there is.
  if (first !== undefined && (pool.length === 1 || (served.length > 0 && nodes.filter(hasImage).length === 1))) return first
  const platforms = new Set(pool.map(image => (image.platform === undefined ? '' : formatPlatform(image.platform))))
  throw platforms.size === pool.length ? ambiguousPlatforms(pool, served.length === 0 ? host : undefined) : ambiguousImages(nodes)
}

/**
 * The image that is meant, or the one artifact where there is no image: by digest always, and by name or alone where it is the only one.
 * @throws ImageError as `chooseImage`
 */
export function chooseAny(listing: ImageListing, choice: ImageWish): ListedImage | ListedArtifact {
  const nodes = selectNodes(listing, choice.selector ?? {})
  if (imagesOf(nodes).length > 0) return chooseImage(listing, choice)
  const all = [...allNodes(nodes)].filter(isArtifact)
  const artifacts = [...new Map(all.map(node => [node.descriptor.digest, node])).values()]
  const [only, second] = artifacts
  if (only !== undefined && second === undefined) return only
  return second === undefined ? chooseImage(listing, choice) : chooseArtifact(artifacts, choice)
}

function isArtifact(node: ImageNode): node is ListedArtifact {
  return node.kind === 'artifact' || node.kind === 'attestation'
}

/** Several artifacts differ by platform (wasm components, homebrew) or are strangers. */
function chooseArtifact(artifacts: readonly ListedArtifact[], { platform, host }: ImageWish): ListedArtifact {
  const fitting = artifacts.filter(
    node => node.platform !== undefined && platformDistance(platform ?? host, node.platform) !== undefined,
  )
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  throw new ImageError('IMAGE_AMBIGUOUS', 'Cannot choose an artifact: there are several', {
    hint: `Add :TAG, @DIGEST or @POSITION. There are ${listed(artifacts.map(describe))}.`,
  })
}

/**
 * The nodes a selector names.
 * @throws ImageError `IMAGE_NOT_FOUND`
 */
export function selectNodes(listing: ImageListing, { name, digest, position }: Selector): readonly ImageNode[] {
  const all = [...allNodes(listing.nodes)]
  if (digest !== undefined) {
    const found = all.find(node => node.descriptor.digest === digest) ?? all.find(node => imageID(node) === digest)
    if (found === undefined) throw notFound(`the digest ${digest}`, listing)
    return [found]
  }
  if (position !== undefined) {
    const found = listing.nodes[listing.positions[position] ?? -1]
    if (found === undefined) throw notFound(`position ${position}`, listing)
    return [found]
  }
  if (name === undefined) return listing.nodes
  const found = named(listing.nodes, name) ?? named(all, name)
  if (found === undefined) throw notFound(`"${escapeText(name)}"`, listing)
  return [found]
}

function imageID(node: ImageNode): string | undefined {
  return node.kind === 'image' ? node.document?.value.config.digest : undefined
}

/**
 * Keys of an entry of this name. An image is found by a name where one of its keys is one of `keysSought(name)`, in any of the `WAYS`: for
 * looking through many names at once.
 */
export function keysOfEntry(name: string): readonly string[] {
  const colon = name.lastIndexOf(':')
  return [`name ${normalName(name)}`, ...(colon === -1 ? [] : [`tag ${name.slice(colon + 1)}`])]
}

export function keysSought(name: string): readonly string[] {
  return [`name ${normalName(name)}`, ...(isTag(name) ? [`tag ${name}`] : [])]
}

function named(nodes: readonly ImageNode[], name: string): ImageNode | undefined {
  for (const isMeant of WAYS) {
    const found = nodes.find(node => node.names.some(each => isMeant(each, name)))
    if (found !== undefined) return found
  }
  return undefined
}

/** As written first (duplicates: the first wins, as containers/image has it), then as a reference, then as the tag of one. */
const WAYS: readonly ((name: string, wanted: string) => boolean)[] = [
  (name, wanted) => name === wanted,
  (name, wanted) => normalName(name) === normalName(wanted),
  (name, wanted) => isTag(wanted) && name.endsWith(`:${wanted}`),
]

function normalName(name: string): string {
  try {
    return formatReference(parseReference(name))
  } catch {
    return name
  }
}

/** The images that serve a platform best, with the fewest other features among equals. */
function closestTo(wanted: Platform, images: readonly ListedImage[]): readonly ListedImage[] {
  let closest: ListedImage[] = []
  let [best, fewest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const image of images) {
    const distance = image.platform && platformDistance(wanted, image.platform)
    if (distance === undefined || distance > best) continue
    // How many features of a system it needs beyond those that are wanted, or lacks: an image of EROFS layers runs on few machines.
    const others = new Set(wanted.osFeatures).symmetricDifference(new Set(image.platform?.osFeatures)).size
    if (distance === best && others > fewest) continue
    if (distance < best || others < fewest) closest = []
    closest.push(image)
    ;[best, fewest] = [distance, others]
  }
  return closest
}

function hasImage(node: ImageNode): boolean {
  return imagesOf([node]).length > 0
}

/** Whether the top of the listing names different images, so that a platform alone would choose between strangers. */
function namesDiffer(nodes: readonly ImageNode[]): boolean {
  const different = new Set<string>()
  for (const node of nodes) if (node.names.length > 0 && hasImage(node)) different.add(node.names.join('\n'))
  return different.size > 1
}

function describe(node: ImageNode): string {
  return node.names[0] === undefined ? `@${node.descriptor.digest}` : `"${escapeText(node.names[0])}"`
}

/** Up to a dozen of them in words, each once. */
export function listed(items: readonly string[]): string {
  const unique = [...new Set(items)]
  return unique.slice(0, 12).join(', ') + (unique.length > 12 ? ` and ${unique.length - 12} more` : '')
}

function notFound(what: string, { nodes }: ImageListing): ImageError {
  return new ImageError('IMAGE_NOT_FOUND', `Cannot find ${what} here`, {
    hint: nodes.length === 0 ? 'It lists no image at all.' : `It has ${listed(nodes.map(describe))}.`,
  })
}

function noImage(nodes: readonly ImageNode[]): ImageError {
  const all = [...allNodes(nodes)]
  const broken = all.find(node => node.kind === 'unreadable') ?? all.find(node => node.kind === 'missing')
  if (broken?.kind === 'unreadable' || broken?.kind === 'missing') return broken.error
  const leaves = all.filter(node => node.kind !== 'index')
  if (leaves.length === 0) {
    return new ImageError('NO_IMAGES', 'Cannot open an image here: the index lists none', {
      hint: 'It was saved without an image; save it again.',
    })
  }
  const types = leaves.map(node =>
    node.kind === 'artifact'
      ? node.document === undefined
        ? 'artifact'
        : described(node.document.value)
      : node.descriptor.mediaType,
  )
  const what = types.length === 1 ? 'an artifact, not an image' : 'artifacts, not images'
  return new ImageError('NOT_AN_IMAGE', `Cannot open an image here: it holds only ${listed(types.map(escapeText))}, ${what}`, {
    hint: ARTIFACT_HINT,
  })
}

/** An artifact's type; that of its manifest too, where that is what is odd about it. */
function described(manifest: Manifest): string {
  const type = artifactTypeOf(manifest)
  return manifest.mediaType === OCI_ARTIFACT_RC && type !== OCI_ARTIFACT_RC ? `${type} (${OCI_ARTIFACT_RC})` : type
}

/** The error for a reference that means several images. */
export function ambiguousImages(nodes: readonly ImageNode[]): ImageError {
  return new ImageError('IMAGE_AMBIGUOUS', 'Cannot choose an image: there are several', {
    hint: `Add :TAG, @DIGEST or @POSITION. There are ${listed(nodes.filter(hasImage).map(describe))}.`,
  })
}

/** `unserved`: the platform that is taken unasked, where no image is for it. */
function ambiguousPlatforms(images: readonly ListedImage[], unserved: Platform | undefined): ImageError {
  const none = unserved === undefined ? '' : `, and none is for ${formatPlatform(unserved)}`
  return new ImageError('PLATFORM_AMBIGUOUS', `Cannot choose a platform: there are several${none}`, {
    hint: `Add --platform with one of ${platformList(images)}.`,
  })
}

function platformMissing(nodes: readonly ImageNode[], images: readonly ListedImage[], wanted: Platform): ImageError {
  const absent = [...allNodes(nodes)].find(
    node => node.kind === 'missing' && node.platform !== undefined && platformDistance(wanted, node.platform) === 0,
  )
  const why = absent === undefined ? 'the image is not made for it' : 'the index names it, but its manifest is not here'
  return new ImageError('PLATFORM_NOT_FOUND', `Cannot open ${formatPlatform(wanted)}: ${why}`, {
    hint: `There are ${platformList(images)}.`,
  })
}

/**
 * The error for an image whose manifest is not there, with the platforms that its place lists besides: an index may have been copied
 * with a part of what it names. Others are as they were.
 */
export function withOtherPlatforms(
  error: unknown,
  { nodes }: ImageListing,
  { descriptor, platform }: ListedImage | ListedArtifact,
): unknown {
  const isOther = (each: ListedImage) => each.descriptor.digest !== descriptor.digest && each.platform !== undefined
  const others = imagesOf(nodes).filter(isOther)
  const isMissing = error instanceof ImageError && error.code === 'BLOB_MISSING' && error.message.includes(descriptor.digest)
  if (!isMissing || platform === undefined || others.length === 0) return error
  const action = `open ${formatPlatform(platform)}`
  return new ImageError(
    error.code,
    { action, why: `the index names it, but its manifest (${descriptor.digest}) is not there` },
    {
      hint: `It lists ${platformList(others)} besides; --platform chooses one.`,
      cause: error,
    },
  )
}

function platformList(images: readonly ListedImage[]): string {
  return listed(
    images.map(image => (image.platform === undefined ? `@${image.descriptor.digest}` : formatPlatform(image.platform))),
  )
}
