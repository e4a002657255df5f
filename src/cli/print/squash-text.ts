import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { formatPlatform } from '../../image/platform.ts'
import { describeEdit, type Edit } from '../../rebuild/edit.ts'
import { familyOf } from '../../rebuild/media-family.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { KeptImage } from '../../rebuild/rebuild-alone.ts'
import { positionsOf, type RebuiltImage, type RebuiltLayer, sizeBefore } from '../../rebuild/rebuilt-image.ts'
import { type RebuildRun, resultReference } from '../../session/write/rebuild-run.ts'
import type { Paint } from '../run/paint.ts'

/** The layers that were kept, written and dropped, layer by layer, what else is changed, what stays, and what it saves. */
export function squashText({ rebuilt, destination, root, plan, alreadyThere }: RebuildRun, paint: Paint): readonly string[] {
  const several = rebuilt.images.length > 1
  const lines = rebuilt.images.flatMap(image => [...(several ? [title(image, paint)] : []), ...imageLines(image, paint)])
  const where = resultReference(destination)
  const result =
    where === null ? 'dry run: nothing was written' : `${alreadyThere ? 'already there:' : 'written to'} ${escapeText(where)}`
  return [...lines, ...editLines(plan), ...keptLines(rebuilt.kept), `${result}  ${root.digest}`]
}

/** Edits that no line about a layer shows. */
function editLines({ edits }: Plan): readonly string[] {
  const shown: readonly Edit[] = edits.filter(({ type }) => type === 'set' || type === 'clamp-times' || type === 'keep-subject')
  return shown.map(edit => escapeText(describeEdit(edit)))
}

function keptLines(kept: readonly KeptImage[]): readonly string[] {
  return kept.map(({ descriptor, platform }) => {
    const name = platform === undefined ? shortDigest(descriptor.digest) : formatPlatform(platform)
    return `${name} stays as it is  ${descriptor.digest}`
  })
}

function title({ image }: RebuiltImage, paint: Paint): string {
  const name = image.platform === undefined ? shortDigest(image.descriptor.digest) : formatPlatform(image.platform)
  return paint('bold', name)
}

function imageLines({ layers, image, descriptor, saved, lostSharing, removed }: RebuiltImage, paint: Paint): readonly string[] {
  const before = sizeOfBlobs(image.layers)
  const after = before - saved.compressed
  const percent = before === 0 ? 0 : Math.round((-saved.compressed / before) * 100)
  const rows = layers.map(layer => layerLine(layer, image))
  const shared = lostSharing === 0 ? [] : [`${formatSize(lostSharing)} of layers are no longer shared with images that have them`]
  return [
    paint('dim', '    #         now       after  what happens'),
    ...rows,
    ...removed.map(
      ({ what, paths, bytes }) => `       ${escapeText(what)}: ${paths} ${paths === 1 ? 'path' : 'paths'}, ${formatSize(bytes)}`,
    ),
    `${formatSize(before)} → ${formatSize(after)}  ${percent > 0 ? '+' : ''}${percent} %  (${formatSize(Math.abs(saved.tar))} ${saved.tar < 0 ? 'more' : 'less'} unpacked)`,
    ...typesLine(image.descriptor.mediaType, descriptor.mediaType),
    ...shared,
  ]
}

function typesLine(before: string, after: string): readonly string[] {
  const [old, now] = [familyOf(before), familyOf(after)]
  if (old === now) return []
  return [now === 'docker' ? 'Docker media types instead of OCI’s' : 'OCI media types instead of Docker’s']
}

function layerLine({ planned, made, unread }: RebuiltLayer, image: RebuiltImage['image']): string {
  const positions = positionsOf(planned).map(position => position + 1)
  const [first, last] = [positions[0], positions.at(-1)]
  const number = first === last ? `${first}` : `${first}–${last}`
  const before = formatSize(sizeBefore(planned, image))
  const after = planned.type === 'drop' ? '·' : made === undefined ? before : formatSize(made.size)
  const what = {
    keep: unread === true ? 'kept, not read' : 'kept',
    recompress: 'recompressed',
    drop: 'dropped',
    write: positions.length > 1 ? `squashed ${positions.length} layers` : 'written anew',
  }
  return `${number.padStart(5)}  ${before.padStart(10)}  ${after.padStart(10)}  ${what[planned.type]}`
}
