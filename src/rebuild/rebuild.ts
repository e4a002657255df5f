import type { Descriptor } from '../blob/descriptor.ts'
import { digestOf } from '../blob/digest.ts'
import type { BlobSource } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { imagesOf } from '../image/choose.ts'
import { allNodes, type ImageNode } from '../image/list.ts'
import { loadImage, loadManifest } from '../image/load.ts'
import { formatPlatform, parsePlatform, platformDistance } from '../image/platform.ts'
import { type BlobPointer, typeIn } from './document.ts'
import { attestationsOf, rewriteIndex } from './index-document.ts'
import { choicesOf, type Plan } from './plan.ts'
import { rebuildImage } from './rebuild-image.ts'
import type { Output, RebuiltImage } from './rebuilt-image.ts'
import type { RebuildOptions, Workshop } from './workshop.ts'

/** What a plan made of an image, or of an index and the chosen images in it. */
export type Rebuilt = {
  readonly source: Descriptor
  readonly root: Descriptor
  readonly changed: boolean
  readonly images: readonly RebuiltImage[]
  /** Everything the result refers to, children before what points to them. */
  readonly outputs: readonly Output[]
  readonly diagnostics: readonly Diagnostic[]
  dispose(): Promise<void>
}

type IndexNode = Extract<ImageNode, { readonly kind: 'index' }>

/**
 * Carries a plan out on what a listing names: an image, or every image of an index that the plan's platforms choose (all of
 * them without a choice); the others are kept as they are.
 * @throws ImageError those of `rebuildImage`; `NOT_AN_IMAGE`, `PLATFORM_NOT_FOUND`, and why an unreadable node is
 */
export async function rebuild(
  node: ImageNode,
  plan: Plan,
  source: BlobSource,
  workshop: Workshop,
  options: RebuildOptions,
): Promise<Rebuilt> {
  if (node.kind === 'missing' || node.kind === 'unreadable') throw node.error
  if (node.kind === 'index') return await rebuildIndex(node, plan, source, workshop, options)
  if (node.kind !== 'image') {
    throw new ImageError('NOT_AN_IMAGE', `Cannot rebuild ${node.descriptor.digest}: it is no container image`)
  }
  const image = await rebuildImage(await loadImage(source, node.descriptor, options.signal), plan, source, workshop, options)
  const lost = image.changed ? node.children.map(child => leftBehind(child.descriptor)) : []
  return {
    source: node.descriptor,
    root: image.descriptor,
    changed: image.changed,
    images: [image],
    outputs: image.outputs,
    diagnostics: [...image.diagnostics, ...lost],
    dispose: () => image.dispose(),
  }
}

async function rebuildIndex(
  node: IndexNode,
  plan: Plan,
  source: BlobSource,
  workshop: Workshop,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const choices = choicesOf({ edits: plan.edits.filter(edit => !('position' in edit) && edit.type !== 'squash') }, 0)
  const children = new Map([...allNodes(node.children)].map(child => [child.descriptor.digest as string, child] as const))
  const { manifests } = node.document.value
  const chosen = chosenOf(node, choices.platforms)
  const left = choices.dropOthers ? imagesOf([node]).filter(({ descriptor }) => !chosen.has(descriptor.digest)) : []
  const [alone, ...more] = imagesOf([node]).filter(({ descriptor }) => chosen.has(descriptor.digest))
  if (choices.dropOthers && alone !== undefined && more.length === 0) {
    const only = await rebuild(alone, plan, source, workshop, options)
    return { ...only, diagnostics: [...only.diagnostics, ...leftOut(left.length)] }
  }
  const parts = new Map<string, Rebuilt>()
  try {
    for (const { digest } of manifests) {
      const child = children.get(digest)
      if (parts.has(digest) || child === undefined || !chosen.has(digest)) continue
      parts.set(digest, await forPlatform(child, rebuild(child, plan, source, workshop, options)))
    }
    const replaced = new Map<string, BlobPointer>()
    for (const [digest, part] of parts) if (part.changed) replaced.set(digest, part.root)
    const attestations = new Set(
      [...replaced.keys()].flatMap(digest => attestationsOf(manifests, digest).map(each => each.digest as string)),
    )
    const gone = new Set<string>(left.map(({ descriptor }) => descriptor.digest))
    for (const digest of [...gone]) for (const each of attestationsOf(manifests, digest)) gone.add(each.digest)
    const dropped = choices.carryAttestations ? gone : new Set([...attestations, ...gone])
    const change = { replaced, dropped, family: choices.family, keepSubject: choices.keepSubject }
    const raw = rewriteIndex(node.document.raw, change)
    const changed = raw !== node.document.raw
    const root = changed ? pointedAt(node.descriptor, raw, typeIn(choices.family, node.descriptor.mediaType)) : node.descriptor
    const outputs: Output[] = []
    for (const { digest } of manifests) {
      const child = children.get(digest)
      if (dropped.has(digest) || child === undefined) continue
      outputs.push(...(parts.get(digest)?.outputs ?? (await keptOutputs(child, source, options.signal))))
    }
    return {
      source: node.descriptor,
      root,
      changed,
      images: [...parts.values()].flatMap(part => part.images),
      outputs: [...outputs, { blob: root, from: raw }],
      diagnostics: [
        ...[...parts.values()].flatMap(part => part.diagnostics.filter(isNotLost)),
        ...said(attestations, choices.carryAttestations),
        ...leftOut(left.length),
      ],
      dispose: async () => {
        await Promise.all([...parts.values()].map(part => part.dispose()))
      },
    }
  } catch (thrown) {
    await Promise.all([...parts.values()].map(part => part.dispose()))
    throw thrown
  }
}

/** Digests of the manifests that are rewritten. @throws ImageError `PLATFORM_NOT_FOUND` */
function chosenOf(node: IndexNode, platforms: readonly string[] | undefined): ReadonlySet<string> {
  const able = [...allNodes(node.children)].filter(child => child.kind === 'image' || child.kind === 'index')
  if (platforms === undefined) return new Set(able.map(child => child.descriptor.digest))
  const chosen = new Set<string>()
  for (const text of platforms) {
    const wanted = parsePlatform(text)
    const found = able.filter(child => child.platform !== undefined && platformDistance(wanted, child.platform) === 0)
    for (const child of found) chosen.add(child.descriptor.digest)
    if (found.length > 0) continue
    const there = able.flatMap(child => (child.platform === undefined ? [] : [formatPlatform(child.platform)]))
    throw new ImageError('PLATFORM_NOT_FOUND', `Cannot rebuild ${formatPlatform(wanted)}: the index has no image for it`, {
      hint: `There are ${there.join(', ')}.`,
    })
  }
  return chosen
}

/** The blobs of what stays as it is; nothing for what is not here. */
async function keptOutputs(node: ImageNode, source: BlobSource, signal: AbortSignal | undefined): Promise<readonly Output[]> {
  const own: Output = { blob: node.descriptor, from: 'source' }
  if (node.kind === 'missing' || node.kind === 'unreadable') return []
  if (node.kind === 'other') return [own]
  const nested = 'children' in node && node.kind === 'index' ? node.children : []
  if (node.kind === 'index') {
    const outputs: Output[] = []
    for (const child of nested) outputs.push(...(await keptOutputs(child, source, signal)))
    return [...outputs, own]
  }
  const { value } = await loadManifest(source, node.descriptor, signal)
  return [...[...value.layers, value.config].map(blob => ({ blob, from: 'source' as const })), own]
}

function pointedAt(descriptor: Descriptor, raw: Uint8Array, mediaType: string): Descriptor {
  const { data: _data, urls: _urls, ...rest } = descriptor
  return { ...rest, mediaType, digest: digestOf(raw), size: raw.byteLength }
}

function leftBehind({ digest }: Descriptor): Diagnostic {
  return {
    code: 'REFERRER_DROPPED',
    severity: 'warning',
    message: `${digest} names the old digest and is not part of the result`,
  }
}

/** What a plan cannot do to one of several images says to which. */
async function forPlatform({ platform }: ImageNode, rebuilding: Promise<Rebuilt>): Promise<Rebuilt> {
  try {
    return await rebuilding
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'PLAN_INVALID' || platform === undefined) throw thrown
    const why = thrown.message.replace(/^Cannot use the plan: /, '')
    throw new ImageError(thrown.code, `Cannot use the plan for ${formatPlatform(platform)}: ${why}`, {
      hint: 'Choose the platforms it is meant for, or edits that all of them can have.',
      cause: thrown,
    })
  }
}

function leftOut(images: number): Diagnostic[] {
  if (images === 0) return []
  const which = images === 1 ? '1 other image of the index is' : `${images} other images of the index are`
  return [{ code: 'PLATFORM_LEFT_OUT', severity: 'warning', message: `${which} not in the result` }]
}

/** Inside an index what is about an image is told of once, by the index. */
function isNotLost({ code }: Diagnostic): boolean {
  return code !== 'REFERRER_DROPPED'
}

function said(attestations: ReadonlySet<string>, carried: boolean): Diagnostic[] {
  if (attestations.size === 0) return []
  const what = attestations.size === 1 ? '1 attestation names' : `${attestations.size} attestations name`
  return [
    carried
      ? {
          code: 'ATTESTATION_CARRIED',
          severity: 'warning',
          message: `${what} the old digest and ${attestations.size === 1 ? 'is carried over: what it attests' : 'are carried over: what they attest'} is the old image`,
        }
      : {
          code: 'ATTESTATION_DROPPED',
          severity: 'warning',
          message: `${what} the old digest and ${attestations.size === 1 ? 'is' : 'are'} dropped`,
        },
  ]
}
