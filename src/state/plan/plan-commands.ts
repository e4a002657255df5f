import type { FilePath } from '../../layer/file-path.ts'
import { type Edit, removedPath } from '../../rebuild/edit.ts'
import { EMPTY_PLAN, formatPlan, type Plan } from '../../rebuild/plan.ts'
import { isPresetName } from '../../rebuild/preset.ts'
import { complainInPrompt } from '../files/search-keys.ts'
import { showInFiles } from '../files/show-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Effect } from '../model/effect.ts'
import type { OpenImage } from '../model/open-image.ts'
import { addEdit, changePlan, type OpenPlan, toggleDrop, undoPlan } from '../model/squash-plan.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { compressEdit, destinationProblem, parseTypedTime, removalProblem, timeProblem } from './parse-typed.ts'
import { ask, COMPRESSIONS, choose, editMenu, FORMATS, presetChoice } from './plan-dialogs.ts'
import { takeLitter, toggleLeaving } from './plan-leaving.ts'
import { measure, removals, turnMeasuring } from './plan-open.ts'
import { platformMenu, toggleOthers, togglePlatform } from './plan-platforms.ts'
import { accept, rebase, refusedChoice } from './plan-rebase.ts'
import type { PlanSubject } from './plan-rows.ts'
import { askSetting, settingOffers, settingProblem, settingsMenu } from './plan-settings.ts'
import { cancelWriting } from './write-guard.ts'

/** The plan's commands. While it is being written, only cancelling is left. */
export const PLAN_COMMANDS: View<PlanSubject, CommandsOf<'plan'>>['commands'] = {
  'plan.write': state => onPlan(state, open => refusedChoice(state, open) ?? write(state, open, false)),
  'plan.replace': state => onPlan(state, open => write(state, open, true)),
  'plan.destination': (state, { argument: text }) => onPlan(state, open => destination(state, open, text)),
  'plan.undo': state =>
    onPlan(state, open => {
      const before = undoPlan(open)
      return before === undefined ? note(state, 'There is nothing to undo.') : measure(state, before)
    }),
  'plan.measure': state => onPlan(state, open => turnMeasuring(state, open)),
  'plan.edit': (state, { row }) => onPlan(state, ({ plan }) => editMenu(state, plan, layerOf(row))),
  'plan.mark': (state, { row }) =>
    onPlan(state, open => {
      if (row?.kind === 'leaving') return toggleLeaving(state, open, row.leaving)
      return note(state, 'Put the cursor on a check box: checked entries leave the image.')
    }),
  'plan.take-litter': state => onPlan(state, open => takeLitter(state, open)),
  'plan.unfold': state => onPlan(state, open => [withSlice(state, 'plan', { ...open, isUnfolded: !open.isUnfolded }), []]),
  'plan.compress': (state, { argument }) =>
    argument === undefined ? onPlan(state, () => choose(state, 'Compression', COMPRESSIONS)) : add(state, compressEdit(argument)),
  'plan.format': (state, { argument }) =>
    argument === undefined
      ? onPlan(state, () => choose(state, 'Media types', FORMATS))
      : add(state, { type: 'format', family: argument === 'docker' ? 'docker' : 'oci' }),
  'plan.platforms': state => onPlan(state, ({ plan }) => platformMenu(state, plan)),
  'plan.platform': (state, { argument: platform = '' }) =>
    changePlatforms(state, (image, plan) => togglePlatform(image, plan, platform), platform),
  'plan.other-platforms': state => changePlatforms(state, toggleOthers, undefined),
  'plan.attestations': (state, { argument: action }) =>
    add(state, { type: 'attestations', action: action === 'carry' ? 'carry' : 'drop' }),
  'plan.litter': state => onPlan(state, () => lookForLitter(state)),
  'plan.preset': (state, { argument }) => presetChoice(state, argument ?? ''),
  'plan.preset-apply': (state, { argument }) =>
    isPresetName(argument) ? add(state, { type: 'remove', preset: argument }) : undefined,
  'plan.look': (state, { argument: path }) =>
    showInFiles(state, (path ?? '') as FilePath, (state.image?.image.layers.length ?? 1) - 1),
  'plan.nothing': state => [state, []],
  'plan.remove': (state, { argument: text }) => remove(state, text),
  'plan.remove-marked': state => onPlan(state, open => removeMarked(state, open)),
  'plan.drop': (state, { row }) =>
    onPlan(state, open => {
      const layer = layerOf(row)
      if (layer === undefined) return note(state, 'Put the cursor on a layer to drop it.')
      return measure(state, changePlan(open, toggleDrop(open.plan.edits, layer)))
    }),
  'plan.set': (state, { argument: text }) => set(state, text),
  'plan.settings': state => onPlan(state, ({ plan }) => settingsMenu(state, plan)),
  'plan.set-one': (state, { argument: start }) => onPlan(state, ({ plan }) => askSetting(state, plan, start ?? '')),
  'plan.times': (state, { argument: text }) => times(state, text),
  'plan.rebase': (state, { argument: text }) => onPlan(state, open => rebase(state, open, text)),
  'plan.accept': state => onPlan(state, open => accept(state, open)),
  'plan.squash-all': state => squash(state, [{ type: 'squash' }]),
  'plan.squash-none': state => squash(state, []),
  'plan.save': (state, { argument: text }) => onPlan(state, open => save(state, open, text)),
  'plan.cancel': state => cancelWriting(state),
}

function layerOf(subject: PlanSubject): number | undefined {
  return subject?.kind === 'layer' ? subject.position : undefined
}

/** The plan to work on; while it is written it stays as it is. */
function onPlan(state: State, act: (open: OpenPlan) => Step<Effect>): Step<Effect> {
  const open = state.slices.plan
  if (open === undefined) return note(state, 'There is no plan: press s first.')
  return open.run.kind === 'writing' ? note(state, 'The plan is being written; Esc cancels.') : act(open)
}

function add(state: State, edit: Edit): Step<Effect> {
  return onPlan(state, open => measure(state, changePlan(open, addEdit(open.plan.edits, edit))))
}

/** The dry run goes on beside it: the layers that it makes, or has made, are written. */
function write(state: State, open: OpenPlan, force: boolean): Step<Effect> {
  if (open.destination === '-') return note(state, 'The screen is on standard output: choose another destination.')
  const writing = withSlice(state, 'plan', { ...open, run: { kind: 'writing', step: undefined } })
  const wish = { plan: open.plan, destination: open.destination, force }
  return [writing, [{ type: 'rebuild', tag: 'write', ...wish }]]
}

/** Asked for first; then every change asks for completions, and Enter settles it. */
function destination(state: State, open: OpenPlan, text: string | undefined): Step<Effect> {
  if (text === undefined) {
    const [asking] = ask(state, 'write to', 'plan.destination', open.destination, { live: true })
    return [asking, [{ type: 'complete', text: open.destination, of: 'destination' }]]
  }
  if (state.dialog?.type === 'prompt') {
    const { offers: _, ...rest } = state.dialog
    const problem = destinationProblem(text)
    const typing = { ...state, dialog: rest }
    return [problem === undefined ? typing : complainInPrompt(typing, problem), [{ type: 'complete', text, of: 'destination' }]]
  }
  const typed = text.trim()
  return typed === '' ? [state, []] : [withSlice(state, 'plan', { ...open, destination: typed }), []]
}

function lookForLitter(state: State): Step<Effect> {
  const { analysis } = state.image ?? {}
  if (analysis?.complete !== true) return note(state, 'The layers are still being read.')
  return [state, [{ type: 'compute', tag: 'litter', job: { kind: 'litter', stack: analysis.stack } }]]
}

function remove(state: State, text: string | undefined): Step<Effect> {
  if (text === undefined) return onPlan(state, () => ask(state, 'remove (a path or a filter)', 'plan.remove', '', { live: true }))
  const problem = removalProblem(state, text)
  if (state.dialog?.type === 'prompt') return [problem === undefined ? state : complainInPrompt(state, problem), []]
  const typed = text.trim()
  return typed === '' ? [state, []] : add(state, { type: 'remove', match: typed })
}

function removeMarked(state: State, open: OpenPlan): Step<Effect> {
  const there = new Set(open.plan.edits.map(removedPath))
  const more = removals(state.slices.marks).filter(edit => !there.has(removedPath(edit)))
  if (more.length === 0) return note(state, 'No other file is marked: Space marks files in the tree and in the waste.')
  return measure(state, changePlan(open, [...open.plan.edits, ...more]))
}

/** A changed choice of platforms, and the menu again with the cursor where it was. */
function changePlatforms(
  state: State,
  change: (image: OpenImage, plan: Plan) => Edit | undefined,
  platform: string | undefined,
): Step<Effect> {
  const { image } = state
  const edit = image === undefined || state.slices.plan === undefined ? undefined : change(image, state.slices.plan.plan)
  if (edit?.type !== 'platforms') return [state, []]
  return chain(add(state, edit), next => {
    const plan = next.slices.plan?.plan ?? EMPTY_PLAN
    const [{ dialog }] = platformMenu(next, plan)
    const items = dialog?.type === 'choose' ? dialog.items : []
    const at = items.findIndex(({ command, argument }) =>
      platform === undefined ? command === 'plan.other-platforms' : argument === platform,
    )
    return platformMenu(next, plan, Math.max(0, at))
  })
}

/** A typed text that is wrong stays in the prompt until it is right. */
function set(state: State, text: string | undefined): Step<Effect> {
  return onPlan(state, ({ plan }) => {
    if (text === undefined) return askSetting(state, plan, '')
    if (state.dialog?.type !== 'prompt') {
      return text.trim() === '' ? [state, []] : add(state, { type: 'set', setting: text.trim() })
    }
    const offered: State = { ...state, dialog: { ...state.dialog, offers: settingOffers(state, plan, text) } }
    const problem = settingProblem(text)
    return [problem === undefined ? offered : complainInPrompt(offered, problem), []]
  })
}

function times(state: State, text: string | undefined): Step<Effect> {
  if (text === undefined) return onPlan(state, () => ask(state, 'no time after', 'plan.times', createdDay(state), { live: true }))
  const problem = timeProblem(text)
  if (state.dialog?.type === 'prompt') return [problem === undefined ? state : complainInPrompt(state, problem), []]
  const to = parseTypedTime(text)
  return to === undefined ? [state, []] : add(state, { type: 'clamp-times', to })
}

/** The day the image was made: later times come from the machine that built it. */
function createdDay({ image }: State): string {
  return /^\d{4}-\d{2}-\d{2}/.exec(image?.image.config?.value.created ?? '')?.[0] ?? ''
}

function squash(state: State, ranges: readonly Edit[]): Step<Effect> {
  return onPlan(state, open => {
    const others = open.plan.edits.filter(({ type }) => type !== 'squash')
    return measure(state, changePlan(open, [...ranges, ...others]))
  })
}

function save(state: State, open: OpenPlan, text: string | undefined): Step<Effect> {
  if (text === undefined) return ask(state, 'save the plan to', 'plan.save', './plan.json')
  const destination = text.trim()
  if (destination === '') return [state, []]
  return [state, [{ type: 'save-text', tag: 'plan', text: formatPlan(open.plan), destination }]]
}
