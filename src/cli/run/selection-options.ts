import { type Command, InvalidArgumentError } from 'commander'
import type { TagSelection } from '../../session/usage/select-tags.ts'
import { parseCount } from './options.ts'
import { typed, type ValuesOf } from './typed-command.ts'

/** Options of `usage` and `prune` that select tags. */
export function addSelectionOptions(command: Command) {
  return typed(command)
    .option('--older-than <age>', 'tags whose image was made longer ago: 12h, 30d, 8w, 1y', parseAge)
    .option('--keep-last <n>', 'keep the newest n of the tags that the other conditions select', typed => parseCount(typed))
    .option('--match <glob>', 'select tags that match: nightly-*')
    .option('--untagged', 'images of a layout or an archive that have no tag, and no tags; the other conditions hold for them')
}

export function readSelection(values: ValuesOf<typeof addSelectionOptions>): TagSelection {
  return {
    olderThan: values.olderThan,
    keepLast: values.keepLast,
    match: values.match,
    untagged: values.untagged === true,
  }
}

const HOUR = 3_600_000
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR, y: 365 * 24 * HOUR }

/** Milliseconds of an age as typed. */
function parseAge(typed: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([hdwy])$/.exec(typed) ?? []
  const milliseconds = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (count === '' || Number.isNaN(milliseconds)) throw new InvalidArgumentError('It takes a number and h, d, w or y: 30d.')
  return milliseconds
}
