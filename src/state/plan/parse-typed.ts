import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseFilter } from '../../filter/filter.ts'
import { isFilterError } from '../../filter/filter-term.ts'
import { parseDestination } from '../../image/location.ts'
import { typedPath } from '../../layer/file-path.ts'
import type { Edit } from '../../rebuild/edit.ts'
import type { State } from '../model/state.ts'

/** Seconds since 1970, a day or a moment; undefined where it is none of them. Without a zone it is UTC. */
export function parseTypedTime(text: string): number | undefined {
  const typed = text.trim()
  if (/^-?\d{1,15}$/.test(typed)) return Number(typed)
  const [, day, time, zone = 'Z'] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/.exec(typed) ?? []
  if (day === undefined) return undefined
  const milliseconds = Date.parse(`${day}T${time ?? '00:00'}${zone}`)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

/** The problem with a typed time, in words; undefined for a good one. */
export function timeProblem(text: string): string | undefined {
  return text.trim() === '' || parseTypedTime(text) !== undefined ? undefined : 'a day (2024-01-31), a moment, or seconds'
}

/** The problem with typed text that is neither a path of the image nor a filter, in words. */
export function removalProblem({ image }: State, text: string): string | undefined {
  const stack = image?.analysis?.stack
  if (stack?.snapshot(stack.changesets.length).find(typedPath(text.trim())) !== undefined) return undefined
  const filter = parseFilter(text, 0)
  return isFilterError(filter) ? filter.message : undefined
}

/** The problem with a typed destination, in words; the disk is not consulted. */
export function destinationProblem(text: string): string | undefined {
  const typed = text.trim()
  if (typed === '-') return 'the screen is on standard output'
  // A text that ends a scheme is still being typed, and a bare word may become one, a path or a host; writing looks at it again.
  if (typed === '' || /^[a-z-]+:(?:\/\/)?$/.test(typed) || /^[\w-][\w.-]*$/.test(typed)) return undefined
  try {
    parseDestination(typed, () => false)
    return undefined
  } catch (thrown) {
    return escapeText(thrown instanceof ImageError ? thrown.why : reasonOf(thrown))
  }
}

/** The edit behind an argument of the compression menu: `gzip`, `zstd:19`, with ` every` for kept layers too. */
export function compressEdit(argument: string): Edit {
  const [, name, level, every] = /^(\w+)(?::(\d+))?( every)?$/.exec(argument) ?? []
  return {
    type: 'compress',
    compression: name === 'zstd' || name === 'none' ? name : 'gzip',
    ...(level !== undefined && { level: Number(level) }),
    ...(every !== undefined && { every: true }),
  }
}
