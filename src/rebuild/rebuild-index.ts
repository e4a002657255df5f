import { layerType } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { ListedImage } from '../image/choose.ts'
import { allNodes, type ImageNode, isImageOrIndex } from '../image/list.ts'
import { loadManifest } from '../image/load.ts'
import { formatPlatform } from '../image/platform.ts'
import { lostSubject, typeIn } from './document.ts'
import { attestationsOf, type EntryTarget, rewriteIndex } from './index-document.ts'
import type { PlanChoices } from './plan.ts'
import { type KeptImage, type RebuildWork, type Rebuilt, rebuildAlone } from './rebuild-alone.ts'
import { goneBlobs, pointedAt, type RebuiltImage, type ResultBlob } from './rebuilt-image.ts'

export type IndexNode = Extract<ImageNode, { readonly kind: 'index' }>

export type IndexWork = RebuildWork & {
  readonly choices: PlanChoices
  /** Digests of the images that are rewritten, at any depth. */
  readonly chosen: ReadonlySet<string>
  /** Digests of what the index names and is not here, or not whole. */
  readonly absent: ReadonlySet<string>
}

/** Rewrites the chosen images of an index, those of indexes inside it too; everything else is kept, or left out. */
export async function rebuildIndex(node: IndexNode, work: IndexWork): Promise<Rebuilt> {
  const parts = new Map<string, Rebuilt>()
  try {
    await rebuildParts(node, work, parts)
    return await withParts(node, work, parts)
  } catch (thrown) {
    await Promise.all([...parts.values()].map(part => part[Symbol.asyncDispose]()))
    throw thrown
  }
}

function annotationsLost(names: readonly string[]): readonly Diagnostic[] {
  if (names.length === 0) return []
  const message = `Annotations of the index spoke of bytes that were replaced and are dropped: ${names.join(', ')}`
  return [{ code: 'ANNOTATION_DROPPED', severity: 'warning', message }]
}

function variantsJoined(count: number): readonly Diagnostic[] {
  if (count === 0) return []
  const message = `${count === 1 ? '1 variant became' : `${count} variants became`} the same image as another of its platform and ${count === 1 ? 'is' : 'are'} left out`
  return [{ code: 'PLATFORM_LEFT_OUT', severity: 'warning', message }]
}

/** Says how many images of an index are not in the result. */
export function leftOut(images: number): readonly Diagnostic[] {
  if (images === 0) return []
  const which = images === 1 ? '1 other image of the index is' : `${images} other images of the index are`
  return [{ code: 'PLATFORM_LEFT_OUT', severity: 'warning', message: `${which} not in the result` }]
}

/** The results for the images and indexes in the index, by their digests; kept images have no part. */
async function rebuildParts(node: IndexNode, work: IndexWork, parts: Map<string, Rebuilt>): Promise<void> {
  for (const child of listed(node).values()) {
    const { digest } = child.descriptor
    if (work.absent.has(digest)) continue
    if (child.kind === 'index') parts.set(digest, await rebuildIndex(child, work))
    else if (child.kind === 'image' && work.chosen.has(digest)) {
      const one = work.alone?.(child) ?? rebuildAlone(child, await asVariant(node, child, work))
      parts.set(digest, await forPlatform(child, one))
    }
  }
}

async function withParts(node: IndexNode, work: IndexWork, parts: ReadonlyMap<string, Rebuilt>): Promise<Rebuilt> {
  const { choices, source, options } = work
  const nodes = listed(node)
  const replaced = new Map<string, EntryTarget>()
  const images: RebuiltImage[] = []
  const diagnostics: Diagnostic[] = []
  for (const [digest, part] of parts) {
    if (part.changed) replaced.set(digest, { ...part.root, zstd: part.images.every(isZstd), without: goneBlobs(part.images) })
    images.push(...part.images)
    // Inside an index what is about an image is told of once, by the index.
    for (const each of part.diagnostics) if (each.code !== 'REFERRER_DROPPED') diagnostics.push(each)
  }
  const gone = leftOutOf(node, work)
  const about = attestationsAbout(node, replaced.keys())
  const attestations = about.difference(gone)
  const dropped = choices.carryAttestations ? gone : attestations.union(gone)
  const change = { replaced, dropped, family: choices.family, keepSubject: choices.keepSubject }
  const { raw, lost, repeated } = rewriteIndex(node.document.raw, change)
  const changed = raw !== node.document.raw
  const root = changed ? pointedAt(node.descriptor, raw, typeIn(choices.family, node.descriptor.mediaType)) : node.descriptor
  const outputs: ResultBlob[] = []
  const kept: KeptImage[] = []
  for (const [digest, child] of nodes) {
    if (dropped.has(digest)) continue
    const part = parts.get(digest)
    outputs.push(...(part?.outputs ?? (await keptOutputs(child, source, options.signal))))
    kept.push(...(part?.kept ?? (child.kind === 'image' ? [child] : [])))
  }
  return {
    source: node.descriptor,
    root,
    changed,
    images,
    kept,
    outputs: [...outputs, { blob: root, from: raw }],
    diagnostics: [
      ...diagnostics,
      ...said(attestations.size, choices.carryAttestations),
      ...annotationsLost(lost),
      ...variantsJoined(repeated),
      ...lostSubject(node.document.raw, raw),
    ],
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...parts.values()].map(part => part[Symbol.asyncDispose]()))
    },
  }
}

/** The nodes of what the index itself lists, each digest once: attestations hang below their images in a listing. */
function listed(node: IndexNode): ReadonlyMap<string, ImageNode> {
  const below = new Map<string, ImageNode>()
  for (const child of allNodes(node.children)) below.set(child.descriptor.digest, child)
  const nodes = new Map<string, ImageNode>()
  for (const { digest } of node.document.value.manifests) {
    const child = below.get(digest)
    if (child !== undefined) nodes.set(digest, child)
  }
  return nodes
}

/**
 * The entries that go from the index: missing ones, and with platforms that are left out their images and indexes that held nothing
 * else; attestations of any of them go along.
 */
function leftOutOf(node: IndexNode, { choices, chosen, absent }: IndexWork): Set<string> {
  const gone = new Set<string>()
  for (const [digest, child] of listed(node)) {
    const images = new Set<string>()
    for (const { kind, descriptor } of allNodes([child])) if (kind === 'image') images.add(descriptor.digest)
    const isLeft = images.size > 0 && (images.isSubsetOf(absent) || (choices.dropOthers && images.isDisjointFrom(chosen)))
    if (isLeft || absent.has(digest)) gone.add(digest)
  }
  return gone.union(attestationsAbout(node, gone))
}

/**
 * Entries that are about others: by an annotation, or by their subject, which the listing has followed. An image that is named by no more than
 * a note beside another stays one.
 */
function attestationsAbout(node: IndexNode, digests: Iterable<string>): Set<string> {
  const nodes = listed(node)
  const entries = new Set<string>()
  const manifests = node.document.value.manifests.filter(({ digest }) => {
    const child = nodes.get(digest)
    const isAbout = child === undefined || !isImageOrIndex(child)
    if (isAbout) entries.add(digest)
    return isAbout
  })
  const found = new Set<string>()
  for (const digest of digests) {
    for (const each of attestationsOf(manifests, digest)) found.add(each.digest)
    const image = node.children.find(child => child.descriptor.digest === digest)
    if (image?.kind !== 'image') continue
    for (const { descriptor } of image.children) if (entries.has(descriptor.digest)) found.add(descriptor.digest)
  }
  return found
}

/** The blobs of what stays as it is; nothing for what is not here. */
async function keptOutputs(node: ImageNode, source: BlobSource, signal: AbortSignal | undefined): Promise<readonly ResultBlob[]> {
  const own: ResultBlob = { blob: node.descriptor, from: 'source' }
  if (node.kind === 'missing' || node.kind === 'unreadable') return []
  if (node.kind === 'other' || node.kind === 'index') return [own]
  const { value } = await loadManifest(source, node.descriptor, signal)
  return [...[...value.layers, value.config].map(blob => ({ blob, from: 'source' as const })), own]
}

/** Names the platform in an error about one of several images. */
async function forPlatform({ platform }: ImageNode, rebuilding: Promise<Rebuilt>): Promise<Rebuilt> {
  try {
    return await rebuilding
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'PLAN_INVALID' || platform === undefined) throw thrown
    const action = `use the plan for ${formatPlatform(platform)}`
    throw new ImageError(
      thrown.code,
      { action, why: thrown.why },
      {
        hint: 'Choose the platforms it is meant for, or edits that all of them can have.',
        cause: thrown,
      },
    )
  }
}

function said(attestations: number, carried: boolean): readonly Diagnostic[] {
  if (attestations === 0) return []
  const [one, what] = [attestations === 1, attestations === 1 ? '1 attestation names' : `${attestations} attestations name`]
  return [
    carried
      ? {
          code: 'ATTESTATION_CARRIED',
          severity: 'warning',
          message: `${what} the old digest and ${one ? 'is carried over: its subject and what it attests' : 'are carried over: their subject and what they attest'} is the old image; attest the result anew, or leave ${one ? 'it' : 'them'} out with --attestations drop`,
        }
      : {
          code: 'ATTESTATION_DROPPED',
          severity: 'warning',
          message: `${what} the old digest and ${one ? 'is' : 'are'} dropped`,
        },
  ]
}

/**
 * The work for an image that its index lists in several compressions: it keeps its own where no edit names one, or all variants
 * would become the same image (reports/compression-variants).
 */
async function asVariant(index: IndexNode, image: ListedImage, work: RebuildWork): Promise<RebuildWork> {
  const { plan, source, options } = work
  if (plan.edits.some(({ type }) => type === 'compress') || !hasVariants(index, image)) return work
  const { value } = image.document ?? (await loadManifest(source, image.descriptor, options.signal))
  const kinds = new Set(value.layers.map(layer => layerType(layer.mediaType)?.compression))
  const [compression, ...others] = [...kinds]
  if (compression === undefined || compression === 'gzip' || others.length > 0) return work
  return { ...work, plan: { edits: [...plan.edits, { type: 'compress', compression }] } }
}

function hasVariants({ children }: IndexNode, { platform, descriptor }: ListedImage): boolean {
  if (platform === undefined) return false
  return children.some(
    each =>
      each.kind === 'image' &&
      each.descriptor.digest !== descriptor.digest &&
      each.platform !== undefined &&
      formatPlatform(each.platform) === formatPlatform(platform),
  )
}

/** Whether all layers of a rebuilt image are zstd. */
function isZstd({ layers, image }: RebuiltImage): boolean {
  let seen = 0
  for (const { planned, blob } of layers) {
    if (planned.type === 'drop') continue
    const type = (blob ?? ('position' in planned ? image.layers[planned.position]?.blob : undefined))?.mediaType
    if (type === undefined || layerType(type)?.compression !== 'zstd') return false
    seen++
  }
  return seen > 0
}
