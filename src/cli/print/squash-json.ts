import type { Descriptor } from '../../blob/descriptor.ts'
import { formatPlatform } from '../../image/platform.ts'
import type { PlannedLayer } from '../../rebuild/planned-layer.ts'
import type { KeptImage } from '../../rebuild/rebuild-alone.ts'
import { positionsOf, type RebuiltImage, type RebuiltLayer } from '../../rebuild/rebuilt-image.ts'
import { type RebuildRun, resultReference } from '../../session/write/rebuild-run.ts'
import { jsonText } from '../run/json-text.ts'
import { diagnosticsJson } from './diagnostics-json.ts'

/**
 * `peel squash --json` and `peel copy --json` (cli.md); `images` has the same for each image of an index, `kept` its platforms that
 * stay as they are, and `plan` the edits as they were carried out.
 */
export function squashJson({ rebuilt, destination, root, plan, alreadyThere, diagnostics }: RebuildRun, dryRun: boolean): string {
  const { images } = rebuilt
  const sum = (read: (image: RebuiltImage) => number) => images.reduce((total, image) => total + read(image), 0)
  const body = {
    source: pointer(rebuilt.source),
    result: { ...pointer(root), reference: resultReference(destination) },
    layers: images.flatMap(layersJson),
    saved: { tar: sum(image => image.saved.tar), compressed: sum(image => image.saved.compressed) },
    removed: images.flatMap(image => image.removed),
    lostSharing: sum(image => image.lostSharing),
    verified: true,
    ...(images.length > 1 && { images: images.map(imageJson) }),
    ...(rebuilt.kept.length > 0 && { kept: rebuilt.kept.map(keptJson) }),
    ...(alreadyThere && { alreadyThere }),
    diagnostics: diagnosticsJson(diagnostics),
    ...(dryRun && { plan: { peelPlan: 1, edits: plan.edits } }),
  }
  return `${jsonText(body, 2)}\n`
}

function keptJson({ descriptor, platform }: KeptImage): object {
  return { ...pointer(descriptor), platform: platform === undefined ? null : formatPlatform(platform) }
}

function imageJson(image: RebuiltImage): object {
  return {
    source: pointer(image.image.descriptor),
    result: pointer(image.descriptor),
    layers: layersJson(image),
    saved: image.saved,
    lostSharing: image.lostSharing,
  }
}

/**
 * One object a layer of the result, in order, dropped ones in between; `positions` says which a written one stands for, `read: false` that
 * the entries of a kept one were not looked at.
 */
function layersJson({ layers, image }: RebuiltImage): readonly object[] {
  return layers.map(({ planned, blob, unread }: RebuiltLayer) => {
    const positions = positionsOf(planned)
    const [position = 0] = positions
    const shown = blob ?? image.layers[position]?.blob
    return {
      position,
      action: ACTIONS[planned.type],
      digest: shown?.digest,
      size: shown?.size,
      ...(planned.type === 'write' && { positions }),
      ...(unread === true && { read: false }),
    }
  })
}

const ACTIONS: Readonly<Record<PlannedLayer['type'], 'kept' | 'written' | 'dropped'>> = {
  keep: 'kept',
  recompress: 'written',
  write: 'written',
  drop: 'dropped',
}

function pointer({ digest, size }: Pick<Descriptor, 'digest' | 'size'>) {
  return { digest, size }
}
