import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { escapeText } from '../../escape.ts'
import { NO_PACE } from '../../format/transfer-rate.ts'
import { untaggedRepository } from '../../image/reference.ts'
import { START } from '../../line/cursor.ts'
import { startBrowsing } from '../browse/browse-commands.ts'
import { eachView, type TabId } from '../keys/view-id.ts'
import type { WorldAction } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { FIRST_FILES } from '../model/files.ts'
import { WIDE } from '../model/layout.ts'
import {
  type ImageId,
  type LayerProgress,
  type OpenImage,
  waitingLayers,
  withBytesRead,
  withLayerRead,
} from '../model/open-image.ts'
import { panesOf } from '../model/screen.ts'
import { chosenSort } from '../model/settings.ts'
import { FIRST_SLICES, type Slices } from '../model/slices.ts'
import { atStart, opens, type State, type Step, withOpenImage, withPanes } from '../model/state.ts'
import { chain, complain, note } from '../model/step.ts'
import { askReading } from '../reading/held-layers.ts'
import { receiveInFinder } from './file-finder.ts'
import { askWhichImage, askWhichPlatform } from './image-choices.ts'
import { VIEWS } from './views.ts'

/** Handles an answer of the world: the shell's part, then every view's. */
export function receive(state: State, action: WorldAction): Step<Effect> {
  return Object.values(VIEWS).reduce<Step<Effect>>(
    (step, view) => chain(step, next => view.receive?.(next, action) ?? [next, []]),
    chain(shellReceive(state, action), next => receiveInFinder(next, action)),
  )
}

function shellReceive(state: State, action: WorldAction): Step<Effect> {
  switch (action.type) {
    case 'opened':
      return action.id === 'shown' ? opened(state, action) : openedBeside(state, action)
    case 'layer-progress':
      // The image was left; drop progress still in flight.
      return [
        atStart(state) ? state : withOpenImage(state, action.id, image => withBytesRead(image, action.at, action.layers)),
        [],
      ]
    case 'layer-read':
      return [withOpenImage(state, action.id, image => withLayerRead(image, action.layer, action.reading)), []]
    case 'layer-failed':
      return complain(progress(state, action, { status: 'failed', error: action.error }), action.error)
    case 'analysed':
      return [withOpenImage(state, action.id, image => ({ ...image, analysis: action.analysis })), []]
    case 'done':
      return note(state, action.text)
    case 'failed':
      return failed(state, action)
    default:
      return [state, []]
  }
}

/** A failure to open the image named on the command line ends the program; later failures, and tags where `latest` is not one, are shown. */
function failed(state: State, { tag, id, error }: Extract<WorldAction, { type: 'failed' }>): Step<Effect> {
  // A dry run or a preview that fails is told in its own pane.
  if (tag === 'measure' || tag === 'preview') return [state, []]
  if (tag !== 'open' || id !== 'shown') return complain(state, error)
  // A registry that has other tags than the one that was assumed shows them.
  const repository = error.code === 'MANIFEST_UNKNOWN' ? untaggedRepository(state.screen.opening ?? '') : undefined
  if (repository !== undefined) {
    const { domain, path } = repository
    return chain(startBrowsing(state, { kind: 'tags', host: domain, path }), next => complain(next, error))
  }
  if (state.screen.kind === 'opening') return [state, [{ type: 'quit', error }]]
  return complain(opens(state, undefined), error)
}

/** A new image starts with fresh places; the text of the start screen stays. */
function opened(state: State, action: Extract<WorldAction, { type: 'opened' }>): Step<Effect> {
  const isSlow = isSlowToRead(state, action)
  const fresh: State = {
    ...state,
    image: openImage(action),
    compared: undefined,
    screen: {
      ...panesOf(state.screen),
      ...overStart(state.screen),
      ...firstTab(state, action.reference),
      over: [],
      opening: undefined,
    },
    ...(isSlow ? { focus: 'layers' as const } : {}),
    trail: [],
    dialog: undefined,
    cursors: { ...eachView(() => START), start: state.cursors.start, browse: state.cursors.browse, shared: state.cursors.shared },
    slices: {
      ...FIRST_SLICES,
      waiting: isSlow ? true : undefined,
      files: { ...FIRST_FILES, sort: chosenSort(state.settings) },
      ...keptSlices(state, action),
    },
  }
  const shown = action.offer === 'artifact' ? artifactShown(fresh, action.image.layers.length > 0) : fresh
  const asked =
    action.offer === 'image'
      ? askWhichImage(shown)
      : action.offer === 'platform'
        ? askWhichPlatform(shown)
        : ([shown, []] as const)
  const reading =
    action.offer === 'artifact'
      ? chain(askArtifact(asked), next => askReading(next, undefined))
      : action.offer === undefined
        ? askReading(asked[0], baseLayer(asked[0]))
        : asked
  const said = chain<Effect>(reading, next => withNotices(next, action.notices))
  return state.compared === undefined ? said : [said[0], [{ type: 'close', image: 'compared' }, ...said[1]]]
}

/** An artifact opens on its own description; one without blobs on the list of its place. */
function artifactShown(state: State, hasBlobs: boolean): State {
  return { ...withPanes(state, { tab: hasBlobs ? 'config' : 'index' }), focus: 'main' }
}

function askArtifact([state, effects]: Step<Effect>): Step<Effect> {
  const hasBlobs = state.image !== undefined && state.image.image.layers.length > 0
  return [state, hasBlobs ? [...effects, { type: 'artifact', image: 'shown' }] : effects]
}

/** An image that was chosen on the start screen lies on it, whatever lay there before; another one of its place lies where it lay. */
function overStart({ kind }: State['screen']): { readonly overStart?: true } {
  return kind === 'start' ? { overStart: true } : {}
}

/** Larger images are read for seconds, from a registry those of a tenth: where panes lie on top of each other, the layers are shown meanwhile. */
const SLOW_BYTES = 200_000_000

/** Whether the first tab would have nothing to say for a while; a tab that the user asked for is shown. */
function isSlowToRead(
  { size, settings, image: before }: State,
  { image, remote, reference }: Extract<WorldAction, { type: 'opened' }>,
): boolean {
  const bytes = sizeOfBlobs(image.layers)
  return (
    size.columns < WIDE &&
    settings.tab === 'story' &&
    before?.source !== reference &&
    bytes > (remote ? SLOW_BYTES / 10 : SLOW_BYTES)
  )
}

/** An image opens on the tab of the settings, one that was left too; another platform of the same place stays where it is looked at. */
function firstTab({ image, screen, settings }: State, reference: string): { readonly tab?: TabId } {
  const isLookedAt = screen.kind === 'image' || (screen.kind === 'start' && screen.behind !== undefined)
  return image?.source === reference && isLookedAt ? {} : { tab: settings.tab }
}

/** The other image of a comparison: the screen stays. */
function openedBeside(state: State, action: Extract<WorldAction, { type: 'opened' }>): Step<Effect> {
  // The image that it was to be compared with is gone: so is the comparison.
  if (state.image === undefined) return [state, [{ type: 'close', image: action.id }]]
  const compared = openImage(action)
  const reading: Effect = { type: 'read-layers', image: action.id, layers: waitingLayers(compared) }
  return [{ ...state, compared }, [reading]]
}

/** The layer that the cursor is on first. */
function baseLayer({ image }: State): number | undefined {
  return image?.image.layers[0]?.position
}

function openImage({
  id,
  reference,
  nodes,
  image,
  settings,
  remote,
  pulls,
}: Extract<WorldAction, { type: 'opened' }>): OpenImage {
  return {
    id,
    source: reference,
    reference: escapeText(reference),
    nodes,
    image,
    ...(settings !== undefined && { settings }),
    progress: image.layers.map(() => ({ status: 'waiting' })),
    pace: NO_PACE,
    ended: 0,
    analysis: undefined,
    diagnostics: image.diagnostics,
    remote,
    held: pulls,
  }
}

/** Lists stay, and where the original of a rebuild is come back to, so does what was planned for it. */
function keptSlices(
  { slices, image: before }: State,
  { reference, image }: Extract<WorldAction, { type: 'opened' }>,
): Partial<Slices> {
  const { start, browse, beside, shared, serving } = slices
  const { marked, wanted } = slices.compare
  const original = beside?.original
  const isBack = original?.reference === reference && original.digest === image.descriptor.digest
  const served = serving && { ...serving, on: undefined }
  const kept = {
    // Its hints are about one image.
    tour: before === undefined || before.source === reference ? slices.tour : undefined,
    start,
    browse,
    beside,
    serving: served,
    shared: { ...shared, page: shared.page?.on === 'start' ? shared.page : undefined },
  }
  return { ...kept, compare: { marked, wanted, comparison: undefined }, ...(isBack && beside?.planned) }
}

function withNotices(state: State, notices: readonly string[]): Step<Effect> {
  const reading: Effect = {
    type: 'read-layers',
    image: 'shown',
    layers: state.image === undefined ? [] : waitingLayers(state.image),
  }
  if (notices.length === 0) return [state, [reading]]
  const [next, effects] = note(state, notices.join('  '))
  return [next, [reading, ...effects]]
}

function progress(state: State, { id, layer }: { readonly id: ImageId; readonly layer: number }, now: LayerProgress): State {
  return withOpenImage(state, id, image => ({ ...image, progress: image.progress.with(layer, now) }))
}
