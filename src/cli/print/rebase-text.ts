import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatPlatform } from '../../image/platform.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { RebaseConflict } from '../../make/rebase-conflict.ts'
import type { RebasedImage } from '../../make/rebase-image.ts'
import type { RebaseRun } from '../../session/make/rebase-run.ts'
import { resultReference } from '../../session/write/rebuild-run.ts'
import { diagnosticsJson } from './diagnostics-json.ts'
import { type MadeBody, type MadeLayerRow, madeBody } from './made-json.ts'

/** The conflicts of each image with its new base, a line a conflict. */
export function conflictText(images: readonly Pick<RebasedImage, 'image' | 'conflicts'>[]): readonly string[] {
  return images.flatMap(({ image, conflicts }) => {
    if (conflicts.length === 0) return []
    const name = image.platform === undefined ? image.descriptor.digest : formatPlatform(image.platform)
    const lines = conflicts.map(each => `  ${each.kind.padEnd(9)} ${placeOf(each)}: ${escapeText(each.detail)}`)
    return [...(images.length > 1 ? [name] : []), ...lines]
  })
}

export function rebaseText({ root, images, destination }: RebaseRun): readonly string[] {
  const where = resultReference(destination)
  return [
    ...images.map(({ layers, dropped, changes }) => {
      const own = layers.filter(({ from }) => from === 'image').length
      const { added, modified, removed } = changes
      return `${countOf(own, 'layer')} kept on ${layers.length - own} of the new base, ${dropped.length} of the old one gone: ${countOf(added, 'name')} added, ${modified} changed, ${removed} removed`
    }),
    `${where === null ? 'dry run: nothing was written' : `written to ${escapeText(where)}`}  ${root.digest}`,
  ]
}

export function rebaseJson({ root, images, destination, diagnostics }: RebaseRun): object {
  const bodies = images.map(image => madeBody(root, destination, rowsOf(image), image.changes, image.conflicts.map(conflictJson)))
  const sum = (name: keyof MadeBody['changes']) => bodies.reduce((total, { changes }) => total + changes[name], 0)
  return {
    ...madeBody(
      root,
      destination,
      images.flatMap(rowsOf),
      { added: sum('added'), modified: sum('modified'), removed: sum('removed'), unchanged: sum('unchanged') },
      bodies.flatMap(({ conflicts }) => conflicts),
    ),
    diagnostics: diagnosticsJson(diagnostics),
    ...(images.length > 1 && {
      images: images.map(({ image, root: own, ...rest }, index) => ({
        source: { digest: image.descriptor.digest, size: image.descriptor.size },
        result: { digest: own.digest, size: own.size },
        layers: rowsOf({ image, root: own, ...rest }),
        conflicts: bodies[index]?.conflicts,
      })),
    }),
  }
}

function rowsOf({ layers, dropped }: RebasedImage): readonly MadeLayerRow[] {
  return [
    ...dropped.map(({ digest, size }) => ({ digest, size, action: 'dropped' as const })),
    ...layers.map(({ blob, from }) => ({
      digest: blob.digest,
      size: blob.size,
      action: from === 'base' ? ('written' as const) : ('kept' as const),
    })),
  ]
}

function conflictJson(conflict: RebaseConflict): MadeBody['conflicts'][number] {
  const { kind, detail } = conflict
  return 'path' in conflict ? { kind, path: displayPath(conflict.path), detail } : { kind, key: conflict.key, detail }
}

function placeOf(conflict: RebaseConflict): string {
  return 'path' in conflict ? `/${displayPath(conflict.path)}` : escapeText(conflict.key)
}
