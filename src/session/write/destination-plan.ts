import type { Descriptor } from '../../blob/descriptor.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { imagesOf } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import { type Destination, formatLocation } from '../../image/location.ts'
import { formatPlatform, parsePlatform } from '../../image/platform.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { familyOf } from '../../rebuild/media-family.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { Session } from '../session.ts'

/** Whether a place keeps a config and plain layers, nothing else, and so one image and no index: docker's archives and engines. */
export function unpacksLayers(destination: Destination | undefined): boolean {
  return destination?.transport === 'docker-archive' || destination?.transport === 'docker-daemon'
}

/** Whether layers travel or lie there for long: registries, and archives that every tool loads. */
function wantsCompressed({ transport }: Destination): boolean {
  return transport === 'docker' || transport === 'archive' || transport === 'standard-stream'
}

/** Whether a place is an OCI layout, in a directory or a tar file. */
export function isOciLayout({ transport }: Destination): boolean {
  return transport === 'oci' || transport === 'oci-archive' || transport === 'archive' || transport === 'standard-stream'
}

/**
 * The edits that the destination adds to a plan, so that what is planned, measured and told is what is written there: places that unpack
 * layers get plain ones, registries and archives compressed ones, and a layout, whose readers know OCI's media types only, none of
 * docker's in what is written anew.
 */
export function planFor(
  plan: Plan,
  destination: Destination | undefined,
  session: Session,
): { readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] } {
  if (destination === undefined) return { plan, diagnostics: [] }
  const compress = plan.edits.findLast(edit => edit.type === 'compress')
  if (unpacksLayers(destination)) {
    const ignored = compress !== undefined && compress.compression !== 'none'
    const plain: Edit = { type: 'compress', compression: 'none', every: true }
    return { plan: { edits: [...plan.edits, plain] }, diagnostics: ignored ? [COMPRESS_UNPACKED] : [] }
  }
  const edits: Edit[] = [...plan.edits]
  const made = isMadeUp(session)
  const typed = plan.edits.some(({ type }) => type === 'format')
  const rewritten = made || (plan.edits.length > 0 && isDocker(session))
  if (rewritten && !typed && isOciLayout(destination)) edits.push({ type: 'format', family: 'oci' })
  if (made && wantsCompressed(destination) && compress?.compression !== 'none')
    edits.push({ type: 'compress', compression: 'gzip', ...compress, plain: true })
  return { plan: { edits }, diagnostics: [] }
}

/**
 * Docker's media types in a layout are what skopeo and umoci cannot read.
 * @throws ImageError `FORMAT_UNREADABLE_THERE`, without `force`
 */
export function checkFormatThere({ mediaType }: Descriptor, destination: Destination, force: boolean): void {
  if (force || !isOciLayout(destination) || familyOf(mediaType) !== 'docker') return
  throw new ImageError(
    'FORMAT_UNREADABLE_THERE',
    `Cannot write Docker media types to ${escapeText(formatLocation(destination))}: skopeo and umoci do not read them in a layout`,
    { hint: 'Use --format oci, a registry or docker-archive:FILE; --force writes them all the same.' },
  )
}

/** Whether the destination asks for more than a copy byte for byte, of this source. */
export function changesCopies(destination: Destination, session: Session): boolean {
  return !unpacksLayers(destination) && planFor({ edits: [] }, destination, session).plan.edits.length > 0
}

function isDocker({ listing }: Session): boolean {
  for (const { descriptor } of allNodes(listing.nodes)) if (familyOf(descriptor.mediaType) === 'docker') return true
  return false
}

/** Whether the manifests are peel's own, made for an archive or an engine that has none: their digests are known nowhere else. */
function isMadeUp({ listing, place }: Session): boolean {
  const names = listing.documents.map(({ name }) => name)
  return place.transport !== 'docker' && names.includes('manifest.json') && !names.includes('index.json')
}

const COMPRESS_UNPACKED: Diagnostic = {
  code: 'COMPRESSION_IGNORED',
  severity: 'warning',
  message:
    'Layers are unpacked in a docker-archive and in an engine, so --compress changes nothing there; FILE.tar keeps them compressed and docker loads it',
}

/**
 * Of an index the one image that is asked for, where the destination has room for just one; before any work is done.
 * @throws ImageError `DESTINATION_UNSUPPORTED`
 */
export function chooseNode(node: ImageNode, plan: Plan, destination: Destination | undefined, session: Session): ImageNode {
  if (!unpacksLayers(destination) || node.kind !== 'index' || imagesOf([node]).length < 2) return node
  const [only, ...more] = plan.edits.findLast(edit => edit.type === 'platforms')?.platforms ?? []
  if (only !== undefined && more.length === 0) return session.choose(parsePlatform(only))
  throw new ImageError(
    'DESTINATION_UNSUPPORTED',
    'Cannot write the index: a docker-archive or an engine takes an image for one platform',
    {
      hint: `Choose one with --platform (${imagesOf([node])
        .flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]))
        .join(', ')}), or write an oci-archive.`,
    },
  )
}
