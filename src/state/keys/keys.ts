import { COMMON_KEYS } from './common-keys.ts'
import { COMPARE_KEYS } from './compare-keys.ts'
import { FILE_KEYS } from './file-keys.ts'
import { FINDING_KEYS } from './finding-keys.ts'
import type { KeyContext, KeyRow } from './key-row.ts'
import { KEYLESS } from './keyless-commands.ts'
import { LAYER_KEYS } from './layer-keys.ts'
import { PLACE_KEYS } from './place-keys.ts'
import { PLAN_KEYS } from './plan-keys.ts'

/**
 * One key means one thing, whatever view it is pressed in; `was` has the keys of 0.1, where these had several meanings:
 *
 *     a      all: files of all layers up to here, squash all layers; `A` squashes none
 *     c      colours; `Z` chooses the compression
 *     d      details of a tag, a layer, a version; `i` sets the destination
 *     f      filters; `/` finds, in documents too
 *     i      type a name, to open or to write to; `F` turns what a comparison leaves out
 *     l      to the right, open; `L` removes litter
 *     m      more: names, columns; media types are in the menu of `e`
 *     n N    next find, next change, and back; `A` squashes no layer
 *     o      sorts; `i` alone types a name
 *     r      asks again: lists, reads, looks for referrers, measures a plan; `-` removes a path
 *     t      turns to another view of the same; times are in the menu of `e`
 *     u      undoes; `.` hides what did not change, `a` shows files up to a layer
 *     x      as it is stored: documents, hexadecimal; `X` removes what is marked, `W` swaps sides
 *     E R    opens all, reverses the order; `,` sets values of the config
 *     M      the treemap; `ctrl-t` turns the mouse on and off
 *     =      compares; `,` sets values of the config
 *     @      serves at an address
 *     space  marks; `d` fetches the size of a tag
 *
 * The configuration names commands, and their names are those of 0.1. No command hangs on ctrl-a or ctrl-b alone: screen and
 * tmux take them.
 */
export const KEYS = [...COMMON_KEYS, ...PLACE_KEYS, ...LAYER_KEYS, ...FILE_KEYS, ...FINDING_KEYS, ...PLAN_KEYS, ...COMPARE_KEYS]

/** Everything that can be run. A command that nothing answers does not compile (shell/views.ts, shell/command.ts). */
export type Command = (typeof KEYS)[number]['command'] | (typeof KEYLESS)[number]

export type Binding = KeyRow<Command>
export type KeyTable = readonly Binding[]

/** The commands whose names begin with a context's: what its view has to answer. */
export type CommandsOf<Prefix extends KeyContext> = Extract<Command, `${Prefix}.${string}`>

/** Commands that the plan's view answers, whichever view has the focus. */
export type PlanCommand = CommandsOf<'plan'> | 'squash' | 'beside'

const COMMANDS: ReadonlySet<string> = new Set([...KEYS.map(({ command }) => command), ...KEYLESS])

export function isCommand(text: string): text is Command {
  return COMMANDS.has(text)
}
