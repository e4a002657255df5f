import type { Descriptor } from '../../blob/descriptor.ts'
import type { SendProgress } from '../../blob/send-blobs.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { runtimeRefusals } from '../../image/runtime-refusals.ts'
import { familyOf } from '../../rebuild/media-family.ts'
import type { Asking } from '../asking.ts'
import type { Session } from '../session.ts'
import { type Copied, copyImage } from './copy-image.ts'
import { isOciLayout, unpacksLayers } from './destination-plan.ts'
import { type Goal, namesAt, olderLoaders, openGoal } from './open-goal.ts'

export type CopyRun = Copied & {
  /** The descriptors of the root and the layers as the place has them: another form, where a place keeps no manifests. */
  readonly written: { readonly root: Descriptor; readonly layers: readonly Descriptor[] }
}

export type CopyNodesOptions = {
  readonly destination: Destination
  readonly force: boolean
  /** The manifests to copy, each under the names it has; more than one keep theirs. */
  readonly nodes: readonly ImageNode[]
  /** Copy blobs under digests that cannot be computed here as well. */
  readonly allowUnverified: boolean
  readonly onProgress: (progress: SendProgress) => void
}

/**
 * Copies images byte for byte. Where the destination holds the very same image under that name nothing is done.
 * @throws ImageError those of the source and the destination; `DESTINATION_UNSUPPORTED` for several images and a place for one
 */
export async function runCopy(asking: Asking, session: Session, options: CopyNodesOptions): Promise<CopyRun> {
  const { destination, force, nodes, allowUnverified, onProgress } = options
  const [first, ...more] = nodes
  if (first === undefined) throw new RangeError('there is nothing to copy')
  if (more.length > 0) checkHoldsMany(destination, nodes.length)
  const names = namesAt(destination, first, session)
  const expected = first.descriptor.digest
  const several = more.length > 0
  const goal = await openGoal(asking, destination, { names, force, session, node: first, expected, several })
  const root = await rootThere(first, destination, session, asking)
  if (several ? areThere(nodes, destination, session, goal) : goal.isThere(root)) {
    await goal.sink?.abort()
    const layers = goal.held?.layers ?? []
    return { root: first.descriptor, layers, bytes: 0, diagnostics: [], written: { root, layers }, alreadyThere: true }
  }
  await using sink = goal.sink
  if (sink === undefined) throw goal.refusal
  const also = [
    ...(names.length > 1 ? [{ root: first.descriptor, names: names.slice(1) }] : []),
    ...more.map(node => ({ root: node.descriptor, names: namesAt(destination, node, session) })),
  ]
  const copied = await copyImage(session.source, first.descriptor, sink, names[0], {
    onProgress,
    signal: asking.signal,
    also,
    allowUnverified,
  })
  const there = (blob: Descriptor) => sink.inPlace?.(blob) ?? blob
  const written = { root: there(copied.root), layers: copied.layers.map(there) }
  return {
    ...copied,
    diagnostics: [
      ...copied.diagnostics,
      ...dockerTypes(nodes, destination),
      ...olderLoaders(destination, written.layers),
      ...(await refused(nodes, session, asking)),
    ],
    written,
  }
}

function checkHoldsMany(destination: Destination, count: number): void {
  const named = 'selector' in destination && destination.selector.name !== undefined
  if (isOciLayout(destination) && !named) return
  throw new ImageError('DESTINATION_UNSUPPORTED', `Cannot copy all ${count} images: the destination takes one`, {
    hint: 'A layout or an archive without a tag takes them all under their names; or choose one with :TAG.',
  })
}

/** Whether a place has just these images, each under all its names. */
function areThere(nodes: readonly ImageNode[], destination: Destination, session: Session, { held }: Goal): boolean {
  if (held === undefined || held.names.size !== new Set(nodes.map(({ descriptor }) => descriptor.digest)).size) return false
  return nodes.every(node => {
    const names = held.names.get(node.descriptor.digest)
    return names !== undefined && namesAt(destination, node, session).every(name => names.includes(name))
  })
}

/** The root as the destination would keep it, before anything is sent: an image's config in docker's places. */
async function rootThere(node: ImageNode, destination: Destination, session: Session, { signal }: Asking): Promise<Descriptor> {
  if (!unpacksLayers(destination)) return node.descriptor
  const image = [...allNodes([node])].find(each => each.kind === 'image')
  if (image?.kind !== 'image') return node.descriptor
  return (image.document ?? (await session.load(image, signal)).manifest).value.config
}

/** Refusals of the images by runtimes; only said where their configs lie on this machine, since it is no more than a word. */
async function refused(nodes: readonly ImageNode[], session: Session, { signal }: Asking): Promise<readonly Diagnostic[]> {
  if (session.source.local !== true) return []
  const said: Diagnostic[] = []
  for (const node of allNodes(nodes)) if (node.kind === 'image') said.push(...runtimeRefusals(await session.load(node, signal)))
  return said
}

/** A copy keeps its bytes, so that docker's media types are only told of where tools do not read them. */
function dockerTypes(nodes: readonly ImageNode[], destination: Destination): readonly Diagnostic[] {
  if (!isOciLayout(destination) || !nodes.some(({ descriptor }) => familyOf(descriptor.mediaType) === 'docker')) return []
  const message = 'The image has Docker media types, which skopeo and umoci do not read in a layout; --format oci writes OCI’s'
  return [{ code: 'FORMAT_UNREADABLE_THERE', severity: 'warning', message }]
}
