import type { DiveRules } from '../../check/gates/dive-gates.ts'
import type { Against } from '../../check/gates/peel-gates.ts'
import type { BaseWish, Ignore } from '../../check/gates/settings.ts'
import type { PullSpeeds } from '../../check/pull-times.ts'
import type { FailOn, Report } from '../../check/report.ts'
import type { ComparedLayer } from '../../compare/align-layers.ts'
import { comparedLayers } from '../../compare/compared-image.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Image } from '../../image/load.ts'
import { CHECKPOINT_WARNING, isCheckpoint } from '../artifact/checkpoint.ts'
import type { Asking } from '../asking.ts'
import { withAny, withImage } from '../opened-image.ts'
import { checkImage } from './check-image.ts'
import { type CheckSettings, loadCheckSettings, type SettingsFiles } from './check-settings.ts'
import { type DockerfileWish, dockerfilePlace } from './dockerfile-place.ts'
import { dryRunEdits } from './dry-run-edits.ts'
import type { ExplainRequest } from './explain-report.ts'
import { findBase } from './find-base.ts'
import { findNewerBase } from './find-newer-base.ts'
import type { RevealedSecrets } from './reveal-secrets.ts'

/** How `checkReferences` is asked: what a command line of `peel check` says. */
export type CheckRequest = SettingsFiles & {
  /** dive's rules from flags; a file goes before them. */
  readonly diveRules: DiveRules | undefined
  readonly failOn: FailOn | undefined
  /** Goes before what the settings say. */
  readonly base: BaseWish | undefined
  readonly only: readonly string[]
  readonly ignore: readonly Ignore[]
  /** Another build of the same image. */
  readonly against: string | undefined
  /** Whether advice is wanted: it costs dry runs. */
  readonly advice: boolean
  readonly now: number
  /** Asks how long pulls take by the model. */
  readonly pull?: PullSpeeds | undefined
  /** Findings point at the lines of a Dockerfile: this one, or the one that the build recorded. */
  readonly dockerfile?: DockerfileWish | undefined
  /** Given the secrets of each image's findings. */
  readonly onSecrets?: ((secrets: RevealedSecrets) => void) | undefined
  /** Has a model explain the findings. */
  readonly explain?: ExplainRequest | undefined
  /** Given the messages that would be sent, in place of sending them. */
  readonly onPrompt?: ((text: string) => void) | undefined
}

/**
 * Checks images one after the other, each by the settings of the working directory.
 * `asking.notice` is told of a checkpoint, whose memory holds secrets that no rule finds.
 * @throws ImageError as `loadCheckSettings`, `withImage` and `checkImage`
 */
export async function checkReferences(
  asking: Asking,
  references: readonly string[],
  request: CheckRequest,
): Promise<readonly Report[]> {
  const settings = await loadCheckSettings(request)
  const against = await otherBuild(asking, settings, request)
  const reports: Report[] = []
  const wish = request.base ?? settings.settings.base
  for (const reference of references) {
    const report = await withAny(asking, reference, async opened => {
      // Of process memory few secrets have a form that a rule knows: a report without findings says little.
      if (isCheckpoint(opened.image)) asking.notice?.(CHECKPOINT_WARNING)
      const options = optionsFor(reference, settings, request, against)
      if (opened.artifact !== undefined) return await checkImage(opened, secretsOnly(options), asking.signal)
      const measure = request.advice ? dryRunEdits(asking, opened) : undefined
      const base = await findBase(asking, opened, wish)
      const newerBase = await findNewerBase(asking, opened, base)
      const checked = await checkImage(opened, { ...options, measure, base, newerBase }, asking.signal)
      const place = await dockerfilePlace(opened, request.dockerfile, asking.signal)
      const placed = { ...checked, ...(place !== undefined && { dockerfile: place }) }
      return await withExplanation(asking, placed, opened.image, request)
    })
    reports.push(report)
  }
  return reports
}

/** The same report with a model's words beside it; nothing in it is changed by them. */
async function withExplanation(
  asking: Asking,
  report: Report,
  image: Image,
  { explain, onPrompt }: CheckRequest,
): Promise<Report> {
  if (explain === undefined) return report
  // Loaded late: it brings what talks to servers.
  const { explainReport, promptText } = await import('./explain-report.ts')
  if (onPrompt === undefined) return { ...report, explanation: await explainReport(report, image, explain, asking.signal) }
  onPrompt(promptText(report, image, explain.options))
  return report
}

function optionsFor(
  reference: string,
  { dive, settings, source, baseline }: CheckSettings,
  request: CheckRequest,
  against: OtherBuild | undefined,
) {
  const flags = request.diveRules && { rules: request.diveRules, source: 'the command line' }
  return {
    reference,
    now: request.now,
    judgement: { ignore: settings.ignore, severity: settings.severity, ignoreNow: request.ignore, only: request.only, baseline },
    settings: { settings, source },
    dive: dive ?? flags,
    failOn: request.failOn,
    onSecrets: request.onSecrets,
    pull: request.pull,
    against,
    otherLayers: against?.layers,
  }
}

/**
 * Checks an artifact, which runs nothing and hides nothing, for the one thing that can be asked of it: whether it holds secrets.
 * @throws ImageError `NOT_AN_IMAGE` where another rule is named
 */
function secretsOnly(options: ReturnType<typeof optionsFor>): ReturnType<typeof optionsFor> {
  const { judgement } = options
  const other = judgement.only.find(id => !id.startsWith('secret/'))
  if (other !== undefined) {
    const why = 'it is an artifact, not an image'
    throw new ImageError(
      'NOT_AN_IMAGE',
      { action: `check ${escapeText(other)}`, why },
      { hint: 'Of artifacts secrets are checked.' },
    )
  }
  const only = judgement.only.length > 0 ? judgement.only : ['secret/*']
  return { ...options, judgement: { ...judgement, only }, dive: undefined, against: undefined }
}

/** Another build of the image, its layers where they were read. */
type OtherBuild = Against & { readonly layers: readonly ComparedLayer[] | undefined }

/** The image that growth is measured against: its layers are read where gates look at files, and for advice. */
async function otherBuild(
  asking: Asking,
  { settings }: CheckSettings,
  { against, advice }: CheckRequest,
): Promise<OtherBuild | undefined> {
  const growths = [settings.gates, ...Object.values(settings.platforms)].flatMap(({ growth }) => growth ?? [])
  const reference = against ?? growths.find(each => each.against !== undefined)?.against
  if (reference === undefined) {
    if (growths.length === 0) return undefined
    const why = 'the gate "growth" does not say against which image'
    throw new ImageError(
      'SETTINGS_INVALID',
      { action: 'check', why },
      { hint: 'Name it with --against IMAGE, or with against: in the file.' },
    )
  }
  const needsFiles = growths.some(({ files }) => files.length > 0)
  return await withImage(asking, reference, async ({ image, layers }) => {
    const tree = needsFiles || advice ? await layers.tree() : undefined
    return {
      image,
      snapshot: tree?.snapshot,
      layers:
        tree &&
        comparedLayers(
          image,
          tree.readings.map(each => each?.changeset),
        ),
    }
  })
}
