import { bind } from './key-row.ts'

/** Keys of the plan of a squash. */
export const PLAN_KEYS = [
  bind('plan', 'plan.write', ['enter'], 'Write the result to the destination', { hint: 'write' }),
  bind('plan', 'plan.mark', ['space'], 'Take the row under the cursor out of the image, or leave it in', { hint: 'take out' }),
  bind('plan', 'plan.take-litter', ['*'], 'Take out all litter that was found, or leave it in', { hint: 'all litter' }),
  bind('plan', 'plan.unfold', ['right', 'left'], 'Show every layer, or fold runs of them', { palette: false }),
  bind('plan', 'plan.destination', ['i'], 'Set the destination', { hint: 'destination', was: ['d'] }),
  bind('plan', 'plan.compress', ['Z'], 'Choose the compression', { hint: 'compression', was: ['c'] }),
  bind('plan', 'plan.edit', ['e'], 'Change the plan: remove, drop, set, format', { hint: 'edit' }),
  bind('plan', 'plan.undo', ['u'], 'Undo the last change of the plan', { hint: 'undo' }),
  bind('plan', 'plan.measure', ['r'], 'Measure the result now; stop measuring', { hint: 'measure' }),
  bind('plan', 'plan.litter', ['L'], 'Remove litter: package caches, bytecode, documentation', { was: ['l'] }),
  bind('plan', 'plan.remove', ['-'], 'Remove a path, or everything a filter matches', { was: ['r'] }),
  bind('plan', 'plan.remove-marked', ['X'], 'Remove the marked files', { was: ['x'] }),
  bind('plan', 'plan.drop', ['D'], 'Drop the layer under the cursor, or restore it'),
  bind('plan', 'plan.set', [], 'Set env, labels, user, command: KEY=VALUE', { was: ['='] }),
  bind('plan', 'plan.settings', [','], 'Set env, labels, user, command, ports… starting from their values', { was: ['E'] }),
  bind('plan', 'plan.rebase', [], 'Put the image on another base'),
  bind('plan', 'plan.times', [], 'Clamp timestamps in rewritten layers', { was: ['t'] }),
  bind('plan', 'plan.format', [], 'Choose OCI or Docker media types', { was: ['m'] }),
  bind('plan', 'plan.platforms', ['p'], 'Choose the platforms of the result'),
  bind('plan', 'plan.squash-all', ['a'], 'Squash all layers'),
  bind('plan', 'plan.squash-none', ['A'], 'Squash no layers', { was: ['n'] }),
  bind('plan', 'plan.save', ['S'], 'Save the plan as JSON'),
]
