import { existsSync, openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { setFlagsFromString } from 'node:v8'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { ListedImage } from '../../image/choose.ts'
import { registryHost } from '../../image/registry-host.ts'
import { parseLayerRange } from '../../session/asked-pair.ts'
import { createLayerThreads } from '../../session/layer-threads.ts'
import { chosenImage, withSession } from '../../session/opened-image.ts'
import { type Session, wantedPlatform } from '../../session/session.ts'
import { startBrowsing } from '../../state/browse/browse-commands.ts'
import { withOwnKeys } from '../../state/keys/key-map.ts'
import { KEYS } from '../../state/keys/keys.ts'
import { firstState } from '../../state/model/first-state.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../state/model/settings.ts'
import { type State, withSlice } from '../../state/model/state.ts'
import { runTerminal } from '../../tui/run.tsx'
import type { TerminalInput } from '../../tui/terminal/host.ts'
import type { EarlyOpening } from '../interface/early-opening.ts'
import { createLayerWork } from '../interface/layer-work.ts'
import { readSettingsFile, settingsPath } from '../interface/settings-file.ts'
import { createTerminalHost } from '../interface/terminal-host.ts'
import { createWorld, findCandidates } from '../interface/world.ts'
import { listingText } from '../print/listing-text.ts'
import type { Context } from '../run/context.ts'
import { needsAscii } from '../run/needs-ascii.ts'
import type { CommonOptions } from '../run/options.ts'
import { inspect } from './inspect.ts'

type Shown = {
  /** Another image to compare with, or `3..5`: what these layers changed. */
  readonly other?: string | undefined
  readonly tour?: boolean
  /** The image's opening, where it has begun. */
  readonly early?: EarlyOpening | undefined
}

/** The terminal interface, on a comparison where there is another image; where there is no terminal to draw on, the summary that `peel inspect` prints. */
export async function interactive(
  context: Context,
  reference: string | undefined,
  { other, tour = false, early }: Shown,
): Promise<void> {
  const keyboard = findKeyboard(reference)
  if (keyboard === undefined) return await summary(context, reference)
  const common = context.common()
  const browsed = reference === undefined || existsSync(reference) ? undefined : registryHost(reference)
  const state = comparedWith(startingState(common, browsed === undefined ? reference : undefined, tour), reference, other, common)
  const started = browsed === undefined ? ([state, []] as const) : startBrowsing(state, { kind: 'repositories', host: browsed })
  keepYoungGenerationSmall()
  await using threads = early?.threads ?? createLayerThreads(common)
  await using _opening = { [Symbol.asyncDispose]: async () => early?.close() }
  const { askAbove } = readSettingsFile(settingsPath(process.env))
  context.status = await runTerminal({
    host: createTerminalHost(keyboard),
    world: createWorld({ ...common, threads }, createLayerWork(common), { askAbove, early }),
    first: started[0],
    effects: [
      { type: 'find' },
      ...(reference === undefined || started[1].length > 0 ? started[1] : [openEffect(reference, common)]),
    ],
    colour: common.color,
  })
}

/** The state in which the image that is being opened is compared with `other`, or shows what its layers `3..5` changed. */
function comparedWith(
  state: State,
  reference: string | undefined,
  other: string | undefined,
  { platform }: CommonOptions,
): State {
  if (reference === undefined || other === undefined) return state
  const image = { reference: other, label: escapeText(other), ...(platform !== undefined && { platform }) }
  const wanted = { reference, with: parseLayerRange(other) ?? image }
  return withSlice(state, 'compare', { ...state.slices.compare, wanted })
}

/**
 * V8 lets the young generation grow to 100 MB and more when many objects are made for a moment, as lists of files are; the memory
 * is not given back. A frame needs 8 MB, to which it grew while modules were loaded (bin/peel.js): in the first 1 MB it is collected
 * several times a frame, and objects of a moment get old. Only the interface, which stays: commands are over sooner.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

function openEffect(reference: string, { platform }: CommonOptions) {
  return { type: 'open', image: 'shown', reference, ...(platform !== undefined && { platform }) } as const
}

/** Where keys come from, when there is a terminal to draw on; an archive on standard input leaves `/dev/tty`. */
function findKeyboard(reference: string | undefined): TerminalInput | undefined {
  if (!process.stdout.isTTY || process.env['TERM'] === 'dumb') return undefined
  if (process.stdin.isTTY) return process.stdin
  if (reference !== '-') return undefined
  try {
    return new ReadStream(openSync('/dev/tty', 'r'))
  } catch {
    return undefined
  }
}

/** The same without a terminal: what `peel inspect` says, or what the start screen would offer. */
async function summary(context: Context, reference: string | undefined): Promise<void> {
  if (reference !== undefined) return summaryOf(context, reference)
  for await (const candidates of findCandidates(context.signal)) {
    await context.output.writeLines(candidates.map(each => `${each.label}\t${each.detail}`))
  }
  await context.error.write('peel: There is no terminal to draw on. Name an image, or run "peel --help" for the commands.\n')
}

/** The image that is meant; where there are several, or none but artifacts, what the place holds. */
async function summaryOf(context: Context, reference: string): Promise<void> {
  await withSession(context.asking(), reference, async session => {
    const chosen = choiceOf(session, context)
    if (!(chosen instanceof ImageError)) {
      return inspect(context, await chosenImage(context.asking(), session), false)
    }
    if (context.json || !LISTED.has(chosen.code)) throw chosen
    await context.output.writeLines(listingText(session, context.paint()))
    await context.warn(session.listing.diagnostics)
    if (chosen.code !== 'NOT_AN_IMAGE') await context.error.write(`peel: There are several. ${chosen.hint ?? ''}\n`)
  })
}

const LISTED: ReadonlySet<string> = new Set(['IMAGE_AMBIGUOUS', 'PLATFORM_AMBIGUOUS', 'NOT_AN_IMAGE'])

function choiceOf(session: Session, context: Context): ListedImage | ImageError {
  try {
    return session.choose(wantedPlatform(context.common().platform))
  } catch (thrown) {
    if (thrown instanceof ImageError) return thrown
    throw thrown
  }
}

/** The command line wins over the configuration file. */
function startingState(common: CommonOptions, reference: string | undefined, tour: boolean): State {
  const { settings: chosen, keys: own, problem } = readSettingsFile(settingsPath(process.env))
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    ...chosen,
    ...(common.theme !== undefined && { theme: common.theme }),
    ...((common.ascii || needsAscii(process.env)) && { ascii: true }),
    ...(!common.mouse && { mouse: false }),
    ...(lacksLinks(process.env) && { links: false }),
  }
  const { keys, unknown } = withOwnKeys(KEYS, own)
  const { columns = 80, rows = 24 } = process.stdout
  const wrong =
    problem ??
    (unknown.length > 0 ? `The configuration names unknown commands: ${unknown.map(escapeText).join(', ')}.` : undefined)
  const first = firstState(
    { columns, rows },
    { settings, keys, tour, ...(reference !== undefined && { opening: escapeText(reference) }) },
  )
  const message = wrong === undefined ? {} : { message: { severity: 'error', text: wrong } as const }
  return { ...first, ...message }
}

/** Terminals that would print the address, or swallow the text with it (terminal.md 6). */
function lacksLinks(env: NodeJS.ProcessEnv): boolean {
  return /^(?:screen|linux|vt\d+|ansi)/.test(env['TERM'] ?? '')
}
