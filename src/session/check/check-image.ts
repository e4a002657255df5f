import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { candidatesOf } from '../../check/advice/candidates.ts'
import { pullTimes } from '../../check/advice/pull-model.ts'
import { settleAdvice } from '../../check/advice/settle-advice.ts'
import type { Measure, UnmeasuredAdvice } from '../../check/advice.ts'
import { builderOf } from '../../check/builder.ts'
import { findInDocuments, findInLayersSteps, KnownContents, layersSteps } from '../../check/engine/find-in-layers.ts'
import { ruleTextNamed } from '../../check/engine/rule-texts.ts'
import type { Finding } from '../../check/finding.ts'
import { together } from '../../check/findings-of.ts'
import { type DiveRules, diveGates } from '../../check/gates/dive-gates.ts'
import { type Judgement, judgeSteps, TELL_ALL } from '../../check/gates/judge.ts'
import { type Against, gatesFor, peelGates } from '../../check/gates/peel-gates.ts'
import { NO_SETTINGS, type PeelYaml } from '../../check/gates/settings.ts'
import { filesToProve } from '../../check/packages/files-to-prove.ts'
import type { PullSpeeds } from '../../check/pull-times.ts'
import {
  type Base,
  countBySeverity,
  type FailOn,
  fails,
  type GateResult,
  type NewerBase,
  NO_BASE,
  type Report,
} from '../../check/report.ts'
import type { Documents, Layers, RuleText } from '../../check/rule.ts'
import type { ComparedLayer } from '../../compare/align-layers.ts'
import { comparedLayers } from '../../compare/compared-image.ts'
import type { Image } from '../../image/load.ts'
import { formatPlatform } from '../../image/platform.ts'
import { finish } from '../../overlay/steps.ts'
import { diveFigures } from '../../space/dive.ts'
import type { LayerAccess } from '../layer-access.ts'
import { readOwnership } from '../read-ownership.ts'
import type { Session } from '../session.ts'
import { buildCandidates } from './compare-builds.ts'
import { type RevealedSecrets, revealSecrets } from './reveal-secrets.ts'
import { type RunSteps, wantContents } from './want-contents.ts'

/** The parts of an opened image that a check uses. */
export type CheckedImage = {
  readonly image: Image
  readonly session: Pick<Session, 'readFilesInOnePass'>
  readonly layers: Pick<LayerAccess, 'scannedTree'>
}

/** How `checkImage` is asked. All but the reference and the time may be left out. */
export type CheckOptions = {
  /** The reference as it was typed, for the report. */
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly base?: Base
  /** The base as its name means it now, where that is another image. */
  readonly newerBase?: NewerBase | undefined
  readonly judgement?: Judgement
  readonly settings?: { readonly settings: PeelYaml; readonly source: string }
  readonly dive?: { readonly rules: DiveRules; readonly source: string } | undefined
  /** Goes before what the settings say; `error` where neither says anything. */
  readonly failOn?: FailOn | undefined
  /** The image that growth is measured against. */
  readonly against?: Against | undefined
  /** Runs work that is in small steps; in one go where left out. */
  readonly run?: RunSteps
  /** Asks for advice, and measures it. */
  readonly measure?: Measure | undefined
  /** Asks how long pulls take by the model, at these speeds. */
  readonly pull?: PullSpeeds | undefined
  /** Given the secrets of the findings that are told: for a person that asks for them. */
  readonly onSecrets?: ((secrets: RevealedSecrets) => void) | undefined
  /** The layers of the other build, for advice that compares two. */
  readonly otherLayers?: readonly ComparedLayer[] | undefined
}

/**
 * Everything that is wrong with one image: its documents, its layers and what lies in them, each layer read once.
 * @throws ImageError `SETTINGS_INVALID`, and as `LayerAccess.scannedTree` and `Session.readFilesInOnePass`
 */
export async function checkImage(opened: CheckedImage, options: CheckOptions, signal: AbortSignal): Promise<Report> {
  const { image } = opened
  const base = options.base ?? NO_BASE
  const documents: Documents = {
    image,
    reference: options.reference,
    builder: builderOf(image),
    // A guess excuses nothing.
    baseLayers: base.decidedBy === 'guess' ? 0 : base.layers,
    newerBase: options.newerBase,
    now: options.now,
  }
  const { stack, readings, scans } = await opened.layers.scannedTree()
  const secrets = scans.map(({ files }) => files)
  const ownership = await readOwnership(opened, { readings, stack, scans }, { prove: filesToProve(stack, scans), signal })
  const knowledge = { ownership, secrets, scans }
  const run = options.run ?? finish
  const layers = await run(layersSteps(documents, stack, knowledge))
  const contents = new KnownContents(scans)
  await wantContents(opened, readings, layers, contents, run, signal)
  const found = together([findInDocuments(documents), await run(findInLayersSteps(layers, contents))])
  const { findings, suppressed } = await run(judgeSteps(found, options.judgement ?? TELL_ALL, documents))
  options.onSecrets?.(await revealSecrets(opened, { readings, scans }, findings, signal))
  const platform = image.platform === undefined ? '' : formatPlatform(image.platform)
  const gated = gateResults(layers, findings, platform, options)
  const size = sizeOfBlobs(image.layers)
  const measured = { reference: options.reference, compressed: size }
  const advised =
    options.measure && (await settleAdvice(adviceFor(layers, found.findings, options.otherLayers), measured, options.measure))
  return {
    reference: options.reference,
    digest: image.descriptor.digest,
    imageId: image.config?.descriptor.digest ?? null,
    platform,
    passed: gated.gates.every(({ passed }) => passed) && !findings.some(finding => fails(finding, gated.failOn)),
    failOn: gated.failOn,
    base,
    gates: gated.gates,
    findings,
    suppressed,
    summary: countBySeverity(findings),
    ...advised,
    ...(options.pull !== undefined && {
      pull: pullTimes(pulledLayers(image, readings, options.against), base.layers, options.pull),
    }),
    size,
    diffIds: image.layers.map(({ diffID, blob }) => diffID ?? blob.digest),
  }
}

/** The texts of the rules of findings, by id. */
export function textsOf(findings: readonly Finding[]): ReadonlyMap<string, RuleText> {
  return new Map(
    findings.flatMap(({ id }) => {
      const text = ruleTextNamed(id)
      return text === undefined ? [] : [[id, text] as const]
    }),
  )
}

function adviceFor(
  layers: Layers,
  findings: Report['findings'],
  other: CheckOptions['otherLayers'],
): readonly UnmeasuredAdvice[] {
  const ofBuilds = other === undefined ? [] : buildCandidates(comparedLayers(layers.image, layers.stack.changesets), other)
  return [...candidatesOf(layers, findings), ...ofBuilds]
}

/** The layers as a pull sees them; `isThere` says whether the other build, where there is one, has the layer. */
function pulledLayers(
  { layers }: Image,
  readings: readonly ({ readonly tarSize: number } | undefined)[],
  against: Against | undefined,
) {
  const other = against && new Set(against.image.layers.map(({ blob }) => blob.digest))
  return layers.map(({ blob }, position) => ({
    compressed: blob.size,
    unpacked: readings[position]?.tarSize ?? 0,
    isThere: other?.has(blob.digest),
  }))
}

function gateResults(
  layers: Layers,
  findings: Report['findings'],
  platform: string,
  { settings, dive, failOn, against }: CheckOptions,
): { readonly gates: readonly GateResult[]; readonly failOn: FailOn } {
  const gates = gatesFor(settings?.settings ?? NO_SETTINGS, platform)
  const from = failOn ?? gates.findings ?? 'error'
  const { image, snapshot, ledger, stack } = layers
  const figures = dive && diveFigures(stack.changesets, stack.tree.paths)
  return {
    failOn: from,
    gates: [
      ...(dive === undefined || figures === undefined ? [] : diveGates(dive.rules, dive.source, figures)),
      ...peelGates(gates, settings?.source ?? '', { image, snapshot, ledger, findings }, from, against),
    ],
  }
}
