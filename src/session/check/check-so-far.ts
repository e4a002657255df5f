import { builderOf } from '../../check/builder.ts'
import { findInDocuments } from '../../check/engine/find-in-layers.ts'
import type { Finding } from '../../check/finding.ts'
import { foundBy, together } from '../../check/findings-of.ts'
import { judge, TELL_ALL } from '../../check/gates/judge.ts'
import type { LayerScan } from '../../check/layer-scan.ts'
import { NO_OWNERSHIP } from '../../check/ownership.ts'
import { SECRET_ROWS } from '../../check/rules/secret-rows.ts'
import type { Image } from '../../image/load.ts'
import type { Stack } from '../../overlay/tree.ts'
import type { CheckOptions } from './check-image.ts'

/** The layers from the base up that were read, and the scans of those among them that were looked into. */
export type LayersSoFar = {
  readonly stack: Stack
  readonly scans: ReadonlyMap<number, Pick<LayerScan, 'files' | 'kept' | 'more'>>
}

/**
 * The findings that stay whatever layers are still to come: those of the documents, and secrets, which are shipped even where a later
 * layer hides them. Of a layer with a package database they wait for all layers, because packages publish keys too.
 */
export function checkSoFar(
  image: Image,
  { stack, scans }: LayersSoFar,
  { reference, now }: Pick<CheckOptions, 'reference' | 'now'>,
): readonly Finding[] {
  const documents = { image, reference, builder: builderOf(image), baseLayers: 0, now }
  const own = stack.changesets.map((_, layer) => {
    const scan = scans.get(layer)
    return scan === undefined || scan.kept.size > 0 ? NOTHING : scan
  })
  const layers = { ...documents, stack, ownership: NO_OWNERSHIP, secrets: own.map(({ files }) => files), scans: own }
  const secrets = SECRET_ROWS.map(rule => foundBy(rule, rule.look(layers), documents))
  // An artifact runs nothing: there is nothing that its documents must say.
  const found = image.artifactType === undefined ? [findInDocuments(documents), ...secrets] : secrets
  return judge(together(found), TELL_ALL, documents).findings
}

const NOTHING: Pick<LayerScan, 'files' | 'more'> = { files: [], more: {} }
