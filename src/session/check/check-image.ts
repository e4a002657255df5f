import { builderOf } from '../../check/builder.ts'
import { findInDocuments, findInLayersSteps, KnownContents, layersSteps } from '../../check/engine/find-in-layers.ts'
import { collapsed, together } from '../../check/findings-of.ts'
import { NO_OWNERSHIP } from '../../check/ownership.ts'
import { type Base, NO_BASE, type Report, summaryOf } from '../../check/report.ts'
import type { Documents } from '../../check/rule.ts'
import type { Image } from '../../image/load.ts'
import { formatPlatform } from '../../image/platform.ts'
import { finish } from '../../overlay/steps.ts'
import type { LayerAccess } from '../layer-access.ts'
import type { Session } from '../session.ts'
import { wantContents } from './want-contents.ts'

/** The parts of an opened image that a check uses. */
export type CheckedImage = {
  readonly image: Image
  readonly session: Pick<Session, 'readContents'>
  readonly layers: Pick<LayerAccess, 'tree'>
}

/** How `checkImage` is asked. */
export type CheckOptions = {
  /** The reference as it was typed, for the report. */
  readonly reference: string
  readonly base?: Base
  readonly only?: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Everything that is wrong with one image: its documents, its layers and what lies in them, each layer read once.
 * @throws ImageError as `LayerAccess.tree` and `Session.readContents`
 */
export async function checkImage(opened: CheckedImage, options: CheckOptions, signal: AbortSignal): Promise<Report> {
  const { image } = opened
  const base = options.base ?? NO_BASE
  const documents: Documents = {
    image,
    reference: options.reference,
    builder: builderOf(image),
    baseLayers: base.layers,
    now: options.now,
  }
  const { stack, readings } = await opened.layers.tree()
  const secrets = readings.map(() => [])
  const layers = finish(layersSteps(documents, stack, { ownership: NO_OWNERSHIP, secrets }))
  const contents = new KnownContents()
  await wantContents(opened, readings, layers, contents, signal)
  const found = together([findInDocuments(documents), finish(findInLayersSteps(layers, contents))])
  const findings = collapsed(found.findings)
  const summary = summaryOf(findings)
  return {
    reference: options.reference,
    digest: image.descriptor.digest,
    imageId: image.config?.descriptor.digest ?? null,
    platform: image.platform === undefined ? '' : formatPlatform(image.platform),
    passed: summary.error === 0,
    base,
    gates: [],
    findings,
    suppressed: found.suppressed,
    summary,
    diffIds: image.layers.map(({ diffID, blob }) => diffID ?? blob.digest),
  }
}
