import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { Litter } from '../../list/litter.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { isPresetName, PRESETS } from '../../rebuild/preset.ts'
import type { Command } from '../keys/keys.ts'
import type { MenuItem, PromptDialog } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { panesOf } from '../model/screen.ts'
import type { State, Step } from '../model/state.ts'

/** How written layers can be compressed: the argument is that of `--compress`, `every` for kept layers too. */
export const COMPRESSIONS: readonly MenuItem[] = [
  choice('gzip, as fast as it stays small', 'plan.compress', 'gzip'),
  choice('gzip at level 9, slower and a little smaller', 'plan.compress', 'gzip:9'),
  choice('zstd, quick to write and to start from', 'plan.compress', 'zstd'),
  choice('zstd at level 19, slow and small', 'plan.compress', 'zstd:19'),
  choice('none', 'plan.compress', 'none'),
  choice('gzip, kept layers too', 'plan.compress', 'gzip every'),
  choice('zstd, kept layers too', 'plan.compress', 'zstd every'),
]

export const FORMATS: readonly MenuItem[] = [choice('OCI', 'plan.format', 'oci'), choice('Docker', 'plan.format', 'docker')]

export function choose(state: State, title: string, items: readonly MenuItem[], initial = 0): Step<Effect> {
  return [{ ...state, dialog: { type: 'choose', title, items, initial } }, []]
}

export function ask(state: State, label: string, command: Command, text = '', more: Partial<PromptDialog> = {}): Step<Effect> {
  return [{ ...state, dialog: { type: 'prompt', label, field: fieldOf(text), command, live: false, ...more } }, []]
}

/** The menu of all changes that also have keys. */
export function editMenu(state: State, plan: Plan, layer: number | undefined): Step<Effect> {
  const { marks } = state.slices
  const files = marks.paths.size
  const platforms = state.image?.nodes.some(({ kind }) => kind === 'index') === true
  return choose(state, 'Change the plan', [
    choice('Remove litter: caches, bytecode, documentation…', 'plan.litter'),
    choice('Remove a path or what a filter finds…', 'plan.remove'),
    ...(files === 0 ? [] : [choice(`Remove the ${files} marked ${files === 1 ? 'path' : 'paths'}`, 'plan.remove-marked')]),
    ...(layer === undefined ? [] : [choice(`Drop layer ${layer + 1}, or restore it`, 'plan.drop')]),
    choice('Set environment, labels, user, command, ports…', 'plan.settings'),
    choice('No time later than…', 'plan.times'),
    choice('Compression…', 'plan.compress'),
    choice('OCI or Docker media types…', 'plan.format'),
    ...(platforms ? [choice('Platforms of the index…', 'plan.platforms')] : []),
    ...(platforms ? attestationChoices(plan) : []),
    choice('Squash all layers', 'plan.squash-all'),
    choice('Squash no layers', 'plan.squash-none'),
    choice('Another base…', 'plan.rebase'),
    choice('Save the plan as JSON…', 'plan.save'),
  ])
}

/** Attestations stay in an index: an image that comes out of it alone leaves them behind. */
function attestationChoices({ edits }: Plan): readonly MenuItem[] {
  const platforms = edits.findLast(edit => edit.type === 'platforms')
  if (platforms === undefined || (platforms.others === 'drop' && platforms.platforms.length === 1)) return []
  const carried = edits.findLast(edit => edit.type === 'attestations')?.action === 'carry'
  return carried
    ? [choice('Drop attestations of the old digest', 'plan.attestations', 'drop')]
    : [choice('Carry attestations of the old digest over', 'plan.attestations', 'carry')]
}

/** The presets with what each would remove; nothing is removed yet. */
export function litterChoices(state: State, litter: readonly Litter[]): Step<Effect> {
  if (panesOf(state.screen).over.at(-1) !== 'plan') return [state, []]
  const { plan } = state.slices
  const items = litter.map(({ preset, paths, bytes, largest }) => {
    const there = plan?.plan.edits.some(edit => edit.type === 'remove' && 'preset' in edit && edit.preset === preset)
    const most = largest[0] === undefined ? '' : `, most in /${displayPath(largest[0].path)}`
    const amount = paths === 0 ? 'nothing here' : `${count(paths)}, ${formatSize(bytes)}${most}`
    return choice(`${PRESETS[preset].title}: ${there === true ? 'in the plan' : amount}`, 'plan.preset', preset)
  })
  const [next] = choose(state, 'Remove litter', items)
  return [{ ...next, slices: { ...next.slices, litter } }, []]
}

/** The files that a preset matches, before it is applied. */
export function presetChoice(state: State, argument: string): Step<Effect> {
  const found = state.slices.litter?.find(({ preset }) => preset === argument)
  if (found === undefined || !isPresetName(argument)) return [state, []]
  const { paths, bytes, largest } = found
  const shown = largest.map(each =>
    choice(`${formatSize(each.bytes).padStart(8)}  /${displayPath(each.path)}`, 'plan.look', each.path),
  )
  return choose(state, `${PRESETS[argument].title}: ${count(paths)}, ${formatSize(bytes)}`, [
    choice('Remove all of it', 'plan.preset-apply', argument),
    choice('Leave it', 'plan.nothing'),
    ...shown,
  ])
}

function count(paths: number): string {
  return `${formatCount(paths)} ${paths === 1 ? 'path' : 'paths'}`
}

export function choice(label: string, command: Command, argument?: string): MenuItem {
  return { label, command, ...(argument !== undefined && { argument }) }
}
