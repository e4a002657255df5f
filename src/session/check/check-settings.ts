import { join } from 'node:path'
import { parseBaseline } from '../../check/gates/baseline.ts'
import { parseDiveCi } from '../../check/gates/dive-ci.ts'
import type { DiveRules } from '../../check/gates/dive-gates.ts'
import { parseSettings } from '../../check/gates/parse-settings.ts'
import { NO_SETTINGS, type PeelYaml } from '../../check/gates/settings.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { readNamedText } from '../../transport/text/pipe.ts'
import { isMissing, readUsualText } from '../../transport/text/usual-text.ts'

/** Which files say what an image is held to. */
export type SettingsFiles = {
  /** A `.dive-ci`; the one in `directory` where undefined. */
  readonly ciConfig: string | undefined
  /** A `.peel.yaml`; the one in `directory` where undefined. */
  readonly config: string | undefined
  /** An earlier report. */
  readonly baseline: string | undefined
  /** The working directory. */
  readonly directory: string
}

/** The settings in the files, each with its name for messages; undefined where there is none. */
export type CheckSettings = {
  readonly dive: { readonly rules: DiveRules; readonly source: string } | undefined
  readonly settings: PeelYaml
  readonly source: string
  readonly baseline: ReadonlySet<string> | undefined
}

/**
 * Reads `.dive-ci`, `.peel.yaml` and a baseline. A file that was named must be there.
 * @throws ImageError `SETTINGS_UNREADABLE`, `SETTINGS_INVALID`, `BASELINE_INVALID`
 */
export async function loadCheckSettings(files: SettingsFiles): Promise<CheckSettings> {
  const dive = await textOf(files.ciConfig, '.dive-ci', files.directory)
  const own = await textOf(files.config, '.peel.yaml', files.directory)
  const baseline = files.baseline === undefined ? undefined : await read(files.baseline)
  return {
    dive: dive && { rules: parseDiveCi(dive.text, dive.name), source: dive.name },
    settings: own === undefined ? NO_SETTINGS : parseSettings(own.text, own.name),
    source: own?.name ?? 'the command line',
    baseline: baseline === undefined ? undefined : parseBaseline(baseline, files.baseline ?? ''),
  }
}

async function textOf(named: string | undefined, usual: string, directory: string) {
  if (named !== undefined) return { name: named, text: await read(named) }
  try {
    return { name: usual, text: readUsualText(join(directory, usual)) }
  } catch (error) {
    // One that is there and cannot be read is no reason to check by other rules.
    if (isMissing(error)) return undefined
    throw unreadable(usual, error)
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readNamedText(file)
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): ImageError {
  const failure = { action: `read ${escapeText(file)}`, why: escapeText(reasonOf(error)) }
  return new ImageError('SETTINGS_UNREADABLE', failure, { cause: error })
}
